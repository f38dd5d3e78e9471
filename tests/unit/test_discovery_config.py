"""``discovery_config.json``: its forms, and what is wrong with others."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime._discovery_config import DiscoveryConfig
from runtime.config import McpConfig
from runtime.exceptions import ConfigurationError

ROOT = Path(__file__).parents[2]


def entry(value: Any) -> tuple[list[dict[str, Any]], bool]:
    """The params of the calls that an entry asks for, and whether it confirms the tool."""
    text = json.dumps({"servers": {"git": {"safeTools": {"log": value}}}})
    calls = DiscoveryConfig.parse(text, "d.json").servers["git"].safe_tools["log"]
    return calls.params, calls.confirmed_read_only


@pytest.mark.parametrize(
    ("value", "params", "confirmed"),
    [
        ({}, [{}], False),
        ({"path": "."}, [{"path": "."}], False),
        ({"params": {"a": 1}}, [{"params": {"a": 1}}], False),
        ([{}, {"path": "."}], [{}, {"path": "."}], False),
        ({"confirmedReadOnly": True}, [{}], True),
        ({"confirmedReadOnly": False, "params": {}}, [{}], False),
        ({"confirmedReadOnly": True, "params": {"path": "."}}, [{"path": "."}], True),
        ({"confirmedReadOnly": True, "params": [{}, {"a": 1}]}, [{}, {"a": 1}], True),
        ({"confirmedReadOnly": True, "path": "."}, [{"path": "."}], True),
    ],
)
def test_an_entry_is_params_or_a_list_of_them_or_also_confirms(
    value: Any, params: list[dict[str, Any]], confirmed: bool
) -> None:
    assert entry(value) == (params, confirmed)


@pytest.mark.parametrize("value", [None, 1, "x", [], [1], [[]], {"confirmedReadOnly": "yes"}])
def test_another_entry_is_an_error_that_names_its_place(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"servers\.git\.safeTools\.log\."):
        entry(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2"),
        ("[]", "the whole file: must be an object"),
        ("{}", "servers: is missing"),
        ('{"servers": {"git": {"safetools": {}}}}', "servers.git.safetools"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_malformed_file_is_an_error_that_says_where(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DiscoveryConfig.parse(text, "d.json")

    assert str(caught.value).startswith("d.json: ")
    assert said in str(caught.value)


def test_an_error_repeats_no_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        entry("MARKER")

    assert "MARKER" not in str(caught.value)


def test_comments_and_other_keys_are_allowed() -> None:
    assert (
        DiscoveryConfig.parse('{"$schema": "x", "servers": {}, /* none */}', "d.json").servers == {}
    )


def test_the_example_is_for_the_default_servers() -> None:
    example = DiscoveryConfig.parse((ROOT / "discovery_config.example.json").read_text(), "example")
    config = McpConfig.parse((ROOT / "mcp_config.json").read_text())

    assert example.servers.keys() <= config.servers.keys()
