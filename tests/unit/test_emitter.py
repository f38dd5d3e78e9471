"""JSON Schema comes out as the Python that says the same, or less."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.exceptions import SchemaValidationError
from tests.generated import code_of, params_class, render, reread, result_type, sent

STR = {"type": "string"}
INT = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "int | float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "null"}, "None"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": ["integer", "number"]}, "int | float"),
        ({}, "Any"),
        (True, "Any"),
        (False, "Forbidden"),
        ({"not": {}}, "Forbidden"),
        ({"type": "any"}, "Any"),
        ({"type": "array"}, "list[Any]"),
        ({"type": "array", "items": STR}, "list[str]"),
        ({"type": "array", "prefixItems": [STR, INT]}, "list[Any]"),
        (
            {"type": "array", "prefixItems": [STR, INT], "items": False},
            "Annotated[list[str | int], Field(max_length=2)]",
        ),
        ({"type": "array", "items": [STR, INT], "additionalItems": INT}, "list[str | int]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": INT}, "dict[str, int]"),
        (
            {"type": "object", "additionalProperties": False},
            "Annotated[dict[str, Any], Field(max_length=0)]",
        ),
        (
            {"type": "object", "patternProperties": {"^x": INT}, "additionalProperties": False},
            'dict[Annotated[str, Field(pattern="^x")], int]',
        ),
        (
            {"type": "object", "propertyNames": {"enum": ["a", "b"]}},
            'dict[Literal["a", "b"], Any]',
        ),
        ({"enum": ["a", "b"]}, 'Literal["a", "b"]'),
        ({"enum": ["a", None]}, 'Literal["a"] | None'),
        ({"enum": ["a", "a"]}, 'Literal["a"]'),
        ({"const": 1}, "Exact[Literal[1]]"),
        ({"enum": [1, True, "a"]}, 'Exact[Literal[1, True, "a"]]'),
        ({"const": 0.5}, "Annotated[int | float, OneOf(0.5)]"),
        ({"enum": ["a", {"b": 1}]}, 'Literal["a"] | Annotated[dict[str, Any], OneOf({"b": 1})]'),
        ({"enum": ["a", 1], "type": "string"}, 'Literal["a"]'),
        ({"enum": [1], "type": "string"}, "Forbidden"),
        ({"enum": []}, "Forbidden"),
        ({"anyOf": [STR, INT]}, "str | int"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, 'Literal["a", "b"]'),
        ({"anyOf": [STR, {}]}, "Any"),
        ({"anyOf": [STR, False]}, "str"),
        ({"type": "string", "anyOf": [{"maxLength": 1}, {"pattern": "^a"}]},
         'Annotated[str, Field(max_length=1)] | Annotated[str, Field(pattern="^a")]'),
        ({"allOf": [{"type": ["string", "integer"]}, {"minLength": 2}]},
         "Annotated[str, Field(min_length=2)] | int"),
        ({"allOf": [STR, INT]}, "Forbidden"),
        ({"minimum": 3}, "dict[str, Any] | list[Any] | str | Annotated[int | float, Field(ge=3)]"
                         " | bool | None"),
        ({"type": "string", "pattern": r"^\d+$"}, r'Annotated[str, Field(pattern=r"^\d+$")]'),
        ({"type": "string", "pattern": "(?=x)"}, "str"),
        ({"type": "integer", "minimum": 0.5, "exclusiveMaximum": 7},
         "Annotated[int, Field(ge=1, le=6)]"),
        ({"type": "number", "exclusiveMinimum": 0}, "Annotated[int | float, Field(gt=0)]"),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True},
         "Annotated[int | float, Field(gt=1)]"),
        ({"type": "number", "multipleOf": 0.01}, "int | float"),
        ({"type": "integer", "multipleOf": 5}, "Annotated[int, Field(multiple_of=5)]"),
        ({"type": "array", "minItems": 1}, "Annotated[list[Any], Field(min_length=1)]"),
        ({"type": "string", "minLength": -1, "maxLength": "x"}, "str"),
        ({"type": 5, "properties": [], "required": "x", "enum": {}, "anyOf": {}, "items": 3}, None),
    ],
)  # fmt: skip
def test_a_schema_becomes_an_annotation(schema: Any, annotation: str | None) -> None:
    code = code_of(schema)
    if annotation is not None:
        assert code == f"x: {annotation}"


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "string"}, "x: Opt[str] = None"),
        ({"type": ["string", "null"]}, "x: str | None = None"),
        ({}, "x: Any = None"),
        ({"type": "integer", "default": 10}, "x: int = 10"),
        ({"type": "array", "items": STR, "default": ["a"]}, 'x: list[str] = ["a"]'),
        ({"enum": ["a", "b"], "default": "b"}, 'x: Literal["a", "b"] = "b"'),
        ({"type": "string", "default": None}, "x: Opt[str] = None"),
        ({"type": "integer", "default": "10"}, "x: Opt[int] = None"),
        ({"type": "boolean", "default": 1}, "x: Opt[bool] = None"),
        ({"const": True, "default": 1}, "x: Opt[Exact[Literal[True]]] = None"),
        ({"type": "string", "description": "Says it."}, "# Says it.\nx: Opt[str] = None"),
        ({"type": "string", "format": "date"}, "# (date)\nx: Opt[str] = None"),
        (
            {"$ref": "https://example.com/s"},
            "# Any value: its schema is elsewhere, at https://example.com/s.\nx: Any = None",
        ),
    ],
)  # fmt: skip
def test_a_field_that_may_be_left_out_has_a_default(schema: Any, field: str) -> None:
    assert code_of(schema, required=False) == field


def test_equal_objects_become_one_class() -> None:
    point = {"type": "object", "properties": {"x": INT}}
    source = render(
        {"inputSchema": {"type": "object", "properties": {"from": point, "to": point}}}
    ).source
    assert source.count("x: Opt[int]") == 1


def test_classes_come_before_those_that_name_them() -> None:
    inner = {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": INT}}}}
    kind = params_class({"type": "object", "properties": {"outer": inner}})
    assert sent(kind.model_validate({"outer": {"a": {"b": 1}}})) == {"outer": {"a": {"b": 1}}}


def test_recursive_objects_become_recursive_classes() -> None:
    node = {
        "type": "object",
        "properties": {
            "value": INT,
            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        },
        "required": ["value"],
    }
    kind = params_class({"properties": {"root": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}})
    tree = {"root": {"value": 1, "children": [{"value": 2, "next": {"value": 3, "next": None}}]}}
    assert sent(kind.model_validate(tree)) == tree
    with pytest.raises(SchemaValidationError, match=r"root.children\[0\].next.value"):
        kind.model_validate({"root": {"value": 1, "children": [{"value": 2, "next": {}}]}})


def test_objects_that_contain_each_other_become_classes() -> None:
    definitions = {
        "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
        "b": {"type": "object", "properties": {"a-b": {"$ref": "#/$defs/a"}}},
    }
    kind = params_class({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": definitions})
    value: dict[str, Any] = {"a": {"b": {"a-b": {"b": {}}}}}
    assert sent(kind.model_validate(value)) == value
    with pytest.raises(SchemaValidationError, match=r"a\.b\.a-b\.b: Field required"):
        kind.model_validate({"a": {"b": {"a-b": {}}}})


def test_a_reference_to_the_whole_document_is_the_params_class_again() -> None:
    kind = params_class({"type": "object", "properties": {"child": {"$ref": "#"}, "n": INT}})
    assert kind.model_fields["child"].annotation == kind | None
    with pytest.raises(SchemaValidationError, match=r"child\.child\.n"):
        kind.model_validate({"child": {"child": {"n": "1"}}})


def test_a_recursive_union_allows_anything_below_the_first_turn() -> None:
    json_value = {"anyOf": [STR, {"type": "array", "items": {"$ref": "#/$defs/json"}}]}
    schema = {"$ref": "#/$defs/json", "$defs": {"json": json_value}}
    assert reread(result_type(schema), [["a"], "b"]) == [["a"], "b"]


def test_alternatives_of_the_params_make_one_class() -> None:
    schema = {
        "type": "object",
        "oneOf": [
            {
                "properties": {"kind": {"const": "a"}, "x": STR},
                "required": ["kind", "x"],
                "additionalProperties": False,
            },
            {
                "properties": {"kind": {"const": "b"}},
                "required": ["kind"],
                "additionalProperties": False,
            },
        ],
    }
    kind = params_class(schema)
    assert sent(kind(kind="a", x="1")) == {"kind": "a", "x": "1"}
    assert sent(kind(kind="b")) == {"kind": "b"}
    with pytest.raises(SchemaValidationError, match="kind"):
        kind(kind="c")


def test_alternatives_that_only_require_properties_add_no_classes() -> None:
    schema = {
        "type": "object",
        "properties": {"a": STR, "b": STR},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    source = render({"inputSchema": {"type": "object", "properties": {"x": schema}}}).source
    assert source.count("class ") == 2


def test_a_required_property_that_is_not_described_is_a_field_too() -> None:
    kind = params_class({"type": "object", "required": ["x"]})
    assert sent(kind(x=[1])) == {"x": [1]}
    with pytest.raises(SchemaValidationError, match="x: Field required"):
        kind()


@pytest.mark.parametrize(
    "extra", [{}, {"additionalProperties": True}, {"patternProperties": {"^a": {}}}]
)
def test_other_properties_are_kept_unless_the_schema_forbids_them(extra: dict[str, Any]) -> None:
    kind = params_class({"type": "object", "properties": {"x": INT}, **extra})
    assert sent(kind.model_validate({"x": 1, "other": [1.0]})) == {"x": 1, "other": [1.0]}


@pytest.mark.parametrize(
    "closed",
    [
        {"additionalProperties": False},
        {"unevaluatedProperties": False},
        {"allOf": [{"additionalProperties": False, "properties": {"x": {}}}]},
    ],
)
def test_other_properties_are_refused_where_the_schema_forbids_them(closed: dict[str, Any]) -> None:
    kind = params_class({"type": "object", "properties": {"x": INT}, **closed})
    with pytest.raises(SchemaValidationError, match="other"):
        kind.model_validate({"x": 1, "other": 2})


def test_other_properties_have_the_type_that_the_schema_gives_them() -> None:
    kind = params_class({"properties": {"x": STR}, "additionalProperties": INT})
    assert sent(kind.model_validate({"x": "a", "n": 1})) == {"x": "a", "n": 1}
    with pytest.raises(SchemaValidationError, match="n: Input should be a valid integer"):
        kind.model_validate({"x": "a", "n": "1"})


def test_other_properties_may_be_of_the_class_that_has_them() -> None:
    schema = {"type": "object", "properties": {"n": INT}, "additionalProperties": {"$ref": "#"}}
    kind = params_class(schema)
    value = {"n": 1, "a": {"n": 2, "b": {}}}
    assert sent(kind.model_validate(value)) == value
    with pytest.raises(SchemaValidationError, match=r"a\.b\.n: Input"):
        kind.model_validate({"a": {"b": {"n": "1"}}})


def test_a_class_is_never_hidden_by_a_field() -> None:
    item = {"type": "object", "properties": {"a": INT}, "required": ["a"]}
    schema = {"properties": {"Item": {"type": "array", "items": item}, "item": item}}
    kind = params_class(schema)
    assert sent(kind.model_validate({"Item": [{"a": 1}], "item": {"a": 2}}))["item"] == {"a": 2}


def test_nesting_deeper_than_python_allows_becomes_any() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(150):
        schema = {"type": "array", "items": schema}
    assert "list[Any]" in code_of(schema)


def test_a_schema_that_grows_exponentially_stays_small() -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    for i in range(60):
        turn = {"$ref": f"#/$defs/d{i}"}
        maps = {"type": "object", "additionalProperties": turn}
        definitions[f"d{i + 1}"] = {"anyOf": [{"type": "array", "items": turn}, maps]}
    schema = {"properties": {"x": {"$ref": "#/$defs/d60"}}, "$defs": definitions}
    assert len(render({"inputSchema": schema}).source) < 100_000
