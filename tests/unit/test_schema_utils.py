"""The emitter for callers outside mcp-generate."""

from __future__ import annotations

import doctest

import pytest

from runtime import schema_utils
from runtime.schema_utils import (
    generate_pydantic_model,
    generate_pydantic_models,
    json_schema_to_pydantic_field,
    sanitize_name,
)
from tests.generated import load, reread

POINT = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(schema_utils).failed == 0


def test_a_field_comes_with_the_classes_and_imports_that_it_needs() -> None:
    field = json_schema_to_pydantic_field("from", POINT, required=True)
    assert field.declaration == 'from_: Annotated[From, Field(alias="from")]'
    assert field.models == ["class From(ToolParams):\n    x: int\n"]
    assert field.imports == {"Annotated", "Field", "ToolParams"}


def test_a_field_may_refer_into_its_document() -> None:
    root = {"$defs": {"Point": POINT}}
    field = json_schema_to_pydantic_field("at", {"$ref": "#/$defs/Point"}, root=root)
    assert field.declaration == "at: Opt[Point] = None"


def test_a_model_is_a_module_of_its_own() -> None:
    module = load(generate_pydantic_model("Point", POINT, 'Where it is, "here".'))
    assert module.Point(x=1).x == 1
    assert module.Point.__doc__ == 'Where it is, "here".'


def test_a_schema_of_something_else_than_objects_becomes_another_type() -> None:
    module = load(generate_pydantic_model("Points", {"type": "array", "items": POINT}))
    assert reread(module.Points, [{"x": 1}]) == [{"x": 1}]


def test_several_models_share_a_module_and_no_names() -> None:
    nested = {"type": "object", "properties": {"at": POINT}}
    other = {"type": "object", "properties": {"at": {**POINT, "required": []}}}
    module = load(
        generate_pydantic_models({"A": nested, "At": other, "b c": True}, {"A": "First."})
    )
    assert reread(module.A, {"at": {"x": 1}}) == {"at": {"x": 1}}
    assert reread(module.At, {"at": {}}) == {"at": {}}
    assert module.A.__doc__ == "First."
    assert module.b_c


@pytest.mark.parametrize(("name", "expected"), [("my-tool", "my_tool"), ("", "name"), ("a", "a")])
def test_names_are_sanitised(name: str, expected: str) -> None:
    assert sanitize_name(name) == expected
