"""The little of a config that is known without its validation."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime._config_file import ConfigFile
from runtime.exceptions import ConfigurationError

PATH = Path("/project/mcp_config.json")


def file(text: str) -> ConfigFile:
    return ConfigFile(PATH, text)


def test_the_root_is_its_folder() -> None:
    assert file("{}").root == Path("/project")


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("{}", "/project/src/servers"),
        ('{"serversPath": "lib/servers"}', "/project/lib/servers"),
        ("[]", "/project/src/servers"),
    ],
)
def test_wrappers_are_where_it_says(text: str, folder: str) -> None:
    assert file(text).servers_dir == Path(folder)


@pytest.mark.parametrize(
    ("text", "variable", "seconds"),
    [
        ("{}", None, 0),
        ('{"keepAlive": 30}', None, 30),
        ('{"keepAlive": 30}', "5.5", 5.5),
        ('{"keepAlive": 30}', "0", 0),
        ('{"keepAlive": 30}', "", 30),
        ('{"keepAlive": "soon"}', None, 0),
    ],
)
def test_the_variable_is_stronger_than_the_file(
    text: str, variable: str | None, seconds: float
) -> None:
    environ = {} if variable is None else {"MCP_KEEP_ALIVE": variable}
    assert file(text).keep_alive(environ) == seconds


@pytest.mark.parametrize("variable", ["soon", "-1", "inf", "nan"])
def test_a_variable_that_is_no_number_of_seconds_is_refused(variable: str) -> None:
    with pytest.raises(ConfigurationError, match="MCP_KEEP_ALIVE"):
        file("{}").keep_alive({"MCP_KEEP_ALIVE": variable})


def test_text_that_is_no_json_is_told_by_line_and_column() -> None:
    with pytest.raises(ConfigurationError, match="line 2, column 1"):
        file("{\n")
