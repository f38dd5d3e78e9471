"""Field names made uniform: which keys change, which never do, and what is never lost."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runtime import normalize_fields
from runtime.normalize_fields import (
    NORMALIZATION_CONFIG,
    NormalizationConfig,
    NormalizationStrategy,
    get_normalization_strategy,
    normalize_ado_fields,
    normalize_field_names,
    update_normalization_config,
)

PREFIXES = {
    "system.": "System.",
    "microsoft.": "Microsoft.",
    "custom.": "Custom.",
    "wef_": "WEF_",
}

keys = st.one_of(
    st.text(max_size=6),
    st.builds(
        lambda prefix, rest: prefix + rest,
        st.sampled_from([*PREFIXES, *PREFIXES.values(), "SYSTEM.", "Wef_"]),
        st.sampled_from(["", "a", "Title", "system.x"]),
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def _restore_configuration() -> Iterator[None]:
    before = dict(NORMALIZATION_CONFIG.servers)
    yield
    NORMALIZATION_CONFIG.servers.clear()
    NORMALIZATION_CONFIG.servers.update(before)


@pytest.mark.parametrize(("prefix", "replacement"), PREFIXES.items())
def test_each_prefix_is_renamed_and_the_rest_of_the_key_kept(prefix: str, replacement: str) -> None:
    assert normalize_ado_fields({f"{prefix}someField": 1}) == {f"{replacement}someField": 1}


@pytest.mark.parametrize(
    "key", ["System.Title", "SYSTEM.title", "a.system.title", "system", "xwef_1", "Wef_1", ""]
)
def test_a_key_that_does_not_start_with_a_prefix_stays_as_it_is(key: str) -> None:
    assert normalize_ado_fields({key: 1}) == {key: 1}


def test_keys_are_renamed_at_every_depth_of_dicts_and_lists() -> None:
    deep = {"fields": [[{"system.id": {"custom.x": [{"wef_1": "system.value"}]}}]]}
    assert normalize_ado_fields(deep) == {
        "fields": [[{"System.id": {"Custom.x": [{"WEF_1": "system.value"}]}}]]
    }


def test_values_and_keys_that_are_no_strings_are_left_alone() -> None:
    assert normalize_ado_fields({1: "system.x", None: 2.5}) == {1: "system.x", None: 2.5}


@pytest.mark.parametrize("value", ["system.title", 5, 1.5, True, None])
def test_a_plain_value_comes_back_as_it_is(value: Any) -> None:
    assert normalize_ado_fields(value) is value


def test_a_key_keeps_its_spelling_where_a_sibling_has_the_new_one() -> None:
    siblings = {"system.title": "small", "System.title": "large"}
    assert normalize_ado_fields(siblings) == siblings
    assert normalize_ado_fields(dict(reversed(siblings.items()))) == siblings


def test_the_order_of_keys_is_kept() -> None:
    assert list(normalize_ado_fields({"b": 1, "system.a": 2, "a": 3})) == ["b", "System.a", "a"]


@given(json_values)
def test_the_input_is_never_changed(value: Any) -> None:
    before = copy.deepcopy(value)
    normalize_ado_fields(value)
    assert value == before


@given(json_values)
def test_no_container_of_the_result_is_one_of_the_input(value: Any) -> None:
    assert not _containers(value) & _containers(normalize_ado_fields(value))


@given(json_values)
def test_no_value_is_lost_and_no_key_is_added(value: Any) -> None:
    assert _shape(normalize_ado_fields(value)) == _shape(value)


@given(json_values)
def test_normalizing_twice_changes_nothing_more(value: Any) -> None:
    once = normalize_ado_fields(value)
    assert normalize_ado_fields(once) == once


@given(json_values)
def test_the_strategy_none_gives_the_value_itself(value: Any) -> None:
    assert normalize_field_names(value, "github") is value


def test_defaults_are_ado_pascal_case_for_ado_and_none_for_filesystem_and_github() -> None:
    assert NORMALIZATION_CONFIG.servers == {
        "ado": "ado-pascal-case",
        "filesystem": "none",
        "github": "none",
    }
    assert normalize_field_names({"system.id": 1}, "ado") == {"System.id": 1}


def test_a_server_that_is_not_named_has_no_normalization() -> None:
    assert get_normalization_strategy("some-other-server") == "none"
    assert normalize_field_names({"system.id": 1}, "some-other-server") == {"system.id": 1}


def test_an_updated_strategy_is_in_force_from_then_on() -> None:
    update_normalization_config("tracker", "ado-pascal-case")
    assert get_normalization_strategy("tracker") == "ado-pascal-case"
    assert normalize_field_names({"wef_1": 1}, "tracker") == {"WEF_1": 1}


def test_an_unknown_strategy_is_a_value_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'bogus'.*'ado-pascal-case', 'none'"):
        update_normalization_config("ado", "bogus")  # type: ignore[arg-type]
    assert get_normalization_strategy("ado") == "ado-pascal-case"


def test_an_unknown_strategy_given_for_one_value_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="'bogus'"):
        normalize_field_names({}, "ado", "bogus")  # type: ignore[arg-type]


def test_a_strategy_given_for_one_value_overrules_the_configured_one() -> None:
    assert normalize_field_names({"system.id": 1}, "ado", "none") == {"system.id": 1}
    assert normalize_field_names({"system.id": 1}, "github", "ado-pascal-case") == {"System.id": 1}


def test_the_config_model_refuses_a_strategy_that_does_not_exist() -> None:
    with pytest.raises(ValidationError):
        NormalizationConfig.model_validate({"servers": {"x": "bogus"}})


def test_every_strategy_that_can_be_named_has_a_registered_function() -> None:
    assert set(get_args(NormalizationStrategy)) == set(normalize_fields._STRATEGIES)


def test_a_value_nested_as_deep_as_json_allows_is_normalized() -> None:
    value: Any = {"system.leaf": 1}
    for _ in range(400):
        value = [{"custom.x": value}]
    for _ in range(400):
        value = normalize_ado_fields(value)[0]["Custom.x"]
    assert value == {"System.leaf": 1}


def _containers(value: Any) -> set[int]:
    if isinstance(value, dict):
        return {id(value)}.union(*map(_containers, value.values()))
    if isinstance(value, list):
        return {id(value)}.union(*map(_containers, value))
    return set()


def _shape(value: Any) -> Any:
    """The value with its keys compared without regard to case: renaming changes nothing else."""
    if isinstance(value, dict):
        return sorted((key.casefold(), repr(_shape(inner))) for key, inner in value.items())
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return value
