"""Schemas that hold at once fold into one that is never narrower."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime._schema_conjunction import NEVER, NOTE, both, either, flatten
from runtime._schema_keywords import is_never
from runtime._schema_references import Document
from tests.schemas import documents, is_valid, object_schemas, schemas, values

CLOSED = {"additionalProperties": False}


def folded(schema: dict[str, Any]) -> dict[str, Any]:
    return flatten(Document(schema), schema)


def test_what_stands_beside_a_reference_holds_too() -> None:
    schema = {"$ref": "#/$defs/A", "maxLength": 3, "$defs": {"A": {"type": "string"}}}
    assert folded(schema) == {"type": "string", "maxLength": 3, "$defs": schema["$defs"]}


def test_before_draft_2019_a_reference_hides_what_stands_beside_it() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"a": {"$ref": "#/definitions/A", "maxLength": 3, "description": "kept"}},
        "definitions": {"A": {"type": "string"}},
    }
    flat = flatten(Document(schema), schema["properties"]["a"])  # type: ignore[index]
    assert flat == {"type": "string", "description": "kept"}


def test_a_reference_that_cannot_be_followed_leaves_a_note() -> None:
    flat = folded({"$ref": "https://example.com/s.json", "type": "object"})
    assert flat == {
        NOTE: "its schema is elsewhere, at https://example.com/s.json",
        "type": "object",
    }


def test_references_in_a_circle_say_nothing() -> None:
    schema = {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}
    assert flatten(Document(schema), {"$ref": "#/$defs/A"}) == {}


def test_a_schema_that_never_ends_is_given_up_on() -> None:
    schema = {
        "$defs": {
            str(i): {"allOf": [{"$ref": f"#/$defs/{i + 1}"}, {"$ref": f"#/$defs/{i + 1}"}]}
            for i in range(40)
        }
    }
    assert NOTE in flatten(Document(schema), {"$ref": "#/$defs/0"})


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"type": "number"}, {"type": "integer"}, {"type": ["integer"]}),
        ({"type": ["string", "null"]}, {"type": "string"}, {"type": ["string"]}),
        ({"type": "string"}, {"type": "integer"}, NEVER),
        ({"minimum": 1}, {"minimum": 5}, {"minimum": 5}),
        ({"maxLength": 1}, {"maxLength": 5}, {"maxLength": 1}),
        ({"maximum": 1}, {"maximum": "x"}, {"maximum": 1}),
        ({"enum": [1, True, "a"]}, {"enum": ["a", 1.0]}, {"enum": [1, "a"]}),
        ({"const": "a"}, {"enum": ["a", "b"]}, {"enum": ["a"]}),
        ({"required": ["a"]}, {"required": ["b", "a"]}, {"required": ["a", "b"]}),
        ({"description": "a"}, {"description": "b"}, {"description": "b"}),
        (NEVER, {"type": "string"}, NEVER),
    ],
)
def test_keywords_fold_one_by_one(a: Any, b: Any, expected: Any) -> None:
    assert both(a, b) == expected


def test_a_property_of_one_must_fit_what_the_other_says_of_unknown_ones() -> None:
    a = {"properties": {"x": {"type": "string"}}, **CLOSED}
    b = {"properties": {"x": {"maxLength": 1}, "y": {}}}
    assert both(a, b)["properties"] == {
        "x": {"allOf": [{"type": "string"}, {"maxLength": 1}]},
        "y": False,
    }


def test_alternatives_of_objects_become_one_object_that_fits_them_all() -> None:
    a = {"properties": {"kind": {"const": "a"}, "x": {"type": "string"}}, "required": ["kind", "x"]}
    b = {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}
    assert either([{**a, **CLOSED}, {**b, **CLOSED}]) == {
        "properties": {
            "kind": {"anyOf": [{"const": "a"}, {"const": "b"}]},
            "x": {"anyOf": [{"type": "string"}]},
        },
        "required": ["kind"],
        "additionalProperties": False,
    }


def test_a_property_that_an_open_alternative_does_not_name_may_be_anything() -> None:
    a = {"properties": {"x": {"type": "string"}}}
    assert either([a, {}])["properties"] == {"x": {"anyOf": [{"type": "string"}, {}]}}


@settings(max_examples=60)
@given(documents(st.builds(lambda s: {"allOf": s}, st.lists(schemas(2), max_size=3))), values())
def test_flattening_never_loses_a_valid_value(schema: Any, value: Any) -> None:
    flat = folded(schema) | {"$defs": schema["$defs"]}
    if is_valid(schema, value):
        assert not is_never(flat)
        assert is_valid({k: v for k, v in flat.items() if k != NOTE}, value)


ALTERNATIVES = st.builds(
    lambda options: {"anyOf": options}, st.lists(object_schemas(1), min_size=1, max_size=3)
)


@settings(max_examples=60)
@given(documents(ALTERNATIVES), values())
def test_what_fits_an_alternative_fits_all_of_them_together(schema: Any, value: Any) -> None:
    document = Document(schema)
    together = either([flatten(document, option) for option in schema["anyOf"]])
    if isinstance(value, dict) and is_valid(schema, value):
        assert is_valid({**together, "$defs": schema["$defs"]}, value)
