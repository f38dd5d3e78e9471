"""The tools a server lists, freed of what is malformed, and the check of their answers."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime._tools import Listing, output_mismatch

GOOD = {"name": "good", "inputSchema": {"type": "object"}}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def _listed(*tools: Any) -> list[dict[str, Any]]:
    listing = Listing("server 'x'")
    listing.add({"tools": list(tools)})
    return listing.tools


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


# Listing.


def test_a_well_formed_tool_is_kept_with_every_key_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tool = {
        **GOOD,
        "title": "Good",
        "description": "Does good.",
        "outputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
        "_meta": {"x": 1},
        "fromTheFuture": [1],
    }
    assert _listed(tool) == [tool]
    assert not _warnings(caplog)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "name",
        [],
        {},
        {"name": None},
        {"name": 5, "inputSchema": {}},
        {"name": "bad", "inputSchema": []},
        {"name": "bad", "inputSchema": "object"},
    ],
)
def test_a_tool_that_cannot_be_used_is_left_out_with_a_warning(
    bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert _listed(bad, GOOD) == [GOOD]
    (warning,) = _warnings(caplog)
    assert warning.startswith("server 'x': left out of its tools: ")


@pytest.mark.parametrize("field", ["title", "description", "outputSchema", "annotations"])
def test_a_malformed_field_is_left_out_and_the_tool_kept(
    field: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert _listed({**GOOD, field: 5}) == [GOOD]
    assert _warnings(caplog) == [f"server 'x': tool 'good': ignoring its malformed {field}"]


@pytest.mark.parametrize("schema", [{}, {"inputSchema": {}}])
def test_a_tool_without_an_input_schema_takes_any_object(schema: dict[str, Any]) -> None:
    assert _listed({"name": "a", **schema}) == [{"name": "a", "inputSchema": {"type": "object"}}]


def test_the_first_of_two_tools_of_one_name_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    assert _listed(GOOD, {**GOOD, "title": "second"}) == [GOOD]
    assert "a second tool named 'good'" in _warnings(caplog)[0]


def test_the_listing_does_not_change_what_it_was_given() -> None:
    tool = {"name": "a", "title": 5}
    _listed(tool)
    assert tool == {"name": "a", "title": 5}


@given(
    st.lists(
        json_values
        | st.fixed_dictionaries(
            {"name": json_values},
            optional={
                "inputSchema": json_values,
                "outputSchema": json_values,
                "description": json_values,
            },
        )
    )
)
def test_whatever_a_server_lists_what_is_kept_has_a_name_and_schemas(tools: list[Any]) -> None:
    kept = _listed(*tools)
    assert all(isinstance(tool["name"], str) for tool in kept)
    assert all(isinstance(tool["inputSchema"], dict) for tool in kept)
    assert all(isinstance(tool.get("outputSchema") or {}, dict) for tool in kept)
    assert len({tool["name"] for tool in kept}) == len(kept)


@pytest.mark.parametrize("tools", [None, {}, "x", 5])
def test_a_page_without_a_list_of_tools_is_empty_with_a_warning(
    tools: Any, caplog: pytest.LogCaptureFixture
) -> None:
    listing = Listing("server 'x'")
    listing.add({"tools": tools})
    assert listing.tools == []
    assert not listing.more
    assert _warnings(caplog) == ["server 'x': a page of tools/list holds no list of tools"]


def test_pages_follow_their_cursors_and_an_empty_string_is_one() -> None:
    listing = Listing("x")
    states = [(listing.more, listing.cursor)]
    for cursor in ("", "b", None):
        listing.add({"tools": [], "nextCursor": cursor})
        states.append((listing.more, listing.cursor))
    assert states == [(True, None), (True, ""), (True, "b"), (False, "b")]


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"], ["", ""]])
def test_a_cursor_seen_before_ends_the_listing_with_a_warning(
    cursors: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    listing = Listing("server 'x'")
    for cursor in cursors:
        assert listing.more
        listing.add({"tools": [], "nextCursor": cursor})
    assert not listing.more
    assert _warnings(caplog) == ["server 'x': tools/list repeats a cursor; stopping there"]


@pytest.mark.parametrize("cursor", [5, [], {}, True])
def test_a_cursor_that_is_no_string_ends_the_listing(cursor: Any) -> None:
    listing = Listing("x")
    listing.add({"tools": [GOOD], "nextCursor": cursor})
    assert not listing.more
    assert listing.tools == [GOOD]


# Output schemas.


def _mismatch(schema: Any, value: Any, **result: Any) -> str | None:
    return output_mismatch({**GOOD, "outputSchema": schema}, {"structuredContent": value, **result})


def test_a_value_that_fits_has_no_mismatch() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert _mismatch(schema, {"n": 1}) is None


def test_a_value_that_does_not_fit_is_told_by_its_path() -> None:
    schema = {"properties": {"rows": {"items": {"type": "integer"}}}}
    mismatch = _mismatch(schema, {"rows": [1, "x"]})
    assert mismatch == "$.rows[1]: 'x' is not of type 'integer'"


def test_a_mismatch_is_short_and_cannot_steer_the_terminal() -> None:
    mismatch = _mismatch({"type": "integer"}, "\x1b[2J" + "x" * 10_000)
    assert mismatch is not None
    assert len(mismatch) < 600
    assert "\x1b" not in mismatch


@pytest.mark.parametrize("schema", [None, {}])
def test_a_tool_that_declares_nothing_is_not_checked(schema: Any) -> None:
    assert _mismatch(schema, {"n": "x"}) is None
    assert output_mismatch(GOOD, {"structuredContent": 5}) is None


def test_an_error_is_not_checked() -> None:
    assert _mismatch({"type": "integer"}, None, isError=True) is None


def test_an_answer_without_the_structured_content_it_declares_is_a_mismatch() -> None:
    mismatch = _mismatch({"type": "object"}, None)
    assert mismatch is not None
    assert "no structured content" in mismatch


BROKEN = [
    {"type": "no-such-type"},
    {"type": 5},
    {"properties": 5},
    {"properties": {"a": 5}},
    {"required": "a"},
    {"items": {"type": []}},
    {"pattern": "["},
    {"pattern": "\\p{Letter}+"},
    {"pattern": "(?<name>x)"},
    {"pattern": 5},
    {"multipleOf": 0},
    {"$ref": "#/nowhere"},
    {"$ref": 5},
    {"$ref": "http://schemas.invalid/x.json"},
    {"$ref": "file:///etc/passwd"},
    {"$ref": "#"},
    {"$ref": "#/%"},
    {"$ref": "http://[broken"},
    {"$dynamicRef": "#nowhere"},
    {"$schema": 5},
    {"$schema": ["x"]},
    {"$schema": "http://[broken"},
    {"$id": 5},
    {"$id": "http://[broken", "$ref": "x"},
    {"allOf": [{"$ref": "#/allOf/0"}]},
    {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
]


@pytest.mark.parametrize("schema", BROKEN, ids=str)
@pytest.mark.parametrize("value", [{"a": 1}, "text", [1], 5])
def test_a_schema_that_cannot_be_checked_loses_no_answer(schema: Any, value: Any) -> None:
    assert _mismatch(schema, value) is None


@given(
    schema=st.dictionaries(
        st.sampled_from(
            [
                "type",
                "properties",
                "items",
                "$ref",
                "$id",
                "$schema",
                "pattern",
                "enum",
                "allOf",
                "anyOf",
                "not",
                "if",
                "then",
                "required",
                "$defs",
                "$anchor",
                "const",
                "dependentRequired",
                "additionalProperties",
                "minimum",
                "multipleOf",
                "contains",
                "prefixItems",
                "format",
                "uniqueItems",
                "patternProperties",
            ]
        ),
        json_values,
        min_size=1,
    ),
    value=json_values,
)
def test_whatever_a_schema_says_checking_it_raises_nothing(schema: Any, value: Any) -> None:
    mismatch = _mismatch(schema, value)
    assert mismatch is None or isinstance(mismatch, str)


def test_a_schema_that_cannot_be_checked_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _mismatch({"pattern": "\\p{Letter}+"}, "x")
    assert _warnings(caplog)[0].startswith("tool 'good': cannot check its output schema: ")


def test_a_remote_schema_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("fetched")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert _mismatch({"$ref": "http://127.0.0.1:9/schema.json"}, {"a": 1}) is None


def test_a_schema_may_refer_to_itself() -> None:
    schema = {"properties": {"child": {"$ref": "#"}}, "required": ["n"]}
    assert _mismatch(schema, {"n": 1, "child": {"n": 2}}) is None
    assert _mismatch(schema, {"n": 1, "child": {}}) == "$.child: 'n' is a required property"


def test_a_dialect_that_is_not_known_is_taken_for_the_newest() -> None:
    assert _mismatch(
        {"$schema": "http://schemas.invalid/dialect", "prefixItems": [{"const": 1}]}, [2]
    )


def test_a_dialect_that_is_named_is_the_one_that_counts() -> None:
    draft4 = {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": True}
    assert _mismatch({**draft4, "minimum": 1}, 1) is not None
    assert _mismatch({**draft4, "minimum": 1}, 2) is None


def test_patterns_are_not_checked_as_one_of_them_could_take_for_ever() -> None:
    assert _mismatch({"type": "string", "pattern": "^(a+)+$"}, "a" * 60 + "!") is None
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "patternProperties": {"^(a+)+$": {"type": "integer"}},
        "additionalProperties": False,
    }
    assert _mismatch(schema, {"a" * 60 + "!": "text"}) is None
    assert _mismatch(schema, {"n": "text"}) is not None
