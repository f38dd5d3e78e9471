"""The keywords of a schema, read with tolerance: a malformed one says nothing."""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]

KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")
"""The names of JSON Schema's types."""

_OF_CLASSES = frozenset(
    [
        "additionalProperties",
        "dependentSchemas",
        "if",
        "patternProperties",
        "properties",
        "propertyNames",
        "required",
        "unevaluatedProperties",
    ]
)
_TYPED = _OF_CLASSES | frozenset(
    [
        "type",
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ]
)
_UNTYPED = frozenset(["required", "not", "title", "description", "$comment", "examples"])


def strings(value: Any) -> list[str]:
    """A string, or the strings of a list."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def mapping(schema: Schema, keyword: str) -> Schema:
    """The object that ``keyword`` holds."""
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def listed(schema: Schema, *keywords: str) -> list[Any]:
    """The first list that is not empty and that one of ``keywords`` holds."""
    for keyword in keywords:
        value = schema.get(keyword)
        if isinstance(value, list) and value:
            return value
    return []


def kinds_of(schema: Schema, otherwise: tuple[str, ...] = ()) -> list[str]:
    """The JSON types that ``type`` names; ``otherwise`` where it names none."""
    return strings(schema.get("type")) or list(otherwise)


def has_choices(schema: Schema) -> bool:
    """Whether the schema lists its values."""
    return "const" in schema or isinstance(schema.get("enum"), list)


def choices(schema: Schema) -> list[Any]:
    """The values that ``const`` or ``enum`` lists, of the types that ``type`` names."""
    values = [schema["const"]] if "const" in schema else schema["enum"]
    kinds = set(kinds_of(schema, KINDS))
    return [value for value in values if not kinds.isdisjoint(kinds_of_value(value))]


def kinds_of_value(value: Any) -> tuple[str, ...]:
    """The JSON types of a value: of 1 and of 1.0, both number and integer."""
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return ("integer", "number")
    kind = {float: "number", str: "string", list: "array", dict: "object"}.get(type(value), "null")
    return (kind,)


def is_never(schema: Schema) -> bool:
    """Whether the flattened schema says that no value fits."""
    return "not" in schema and schema["not"] in ({}, True)


def says_type(schema: Schema) -> bool:
    """Whether any keyword narrows the values."""
    return not _TYPED.isdisjoint(schema)


def adds_types(schema: Schema) -> bool:
    """Whether an alternative says more than which properties there must be."""
    return not schema.keys() <= _UNTYPED


def has_fields(schema: Schema) -> bool:
    """Whether the names of some properties are known."""
    return bool(mapping(schema, "properties") or strings(schema.get("required")))


def property_schema(schema: Schema, name: str) -> Any:
    """The schema of the property ``name``; False where objects may not have it."""
    properties = mapping(schema, "properties")
    if name in properties:
        return properties[name]
    if mapping(schema, "patternProperties"):
        return {}
    return schema.get("additionalProperties", {})


def is_closed(schema: Schema) -> bool:
    """Whether a flattened schema of objects forbids what ``properties`` does not name."""
    if mapping(schema, "patternProperties"):
        return False
    if "additionalProperties" in schema:
        return schema["additionalProperties"] is False
    unseen = "if" in schema or "dependentSchemas" in schema
    return schema.get("unevaluatedProperties") is False and not unseen


def without_alternatives(schema: Schema) -> Schema:
    """What a schema says beside ``anyOf`` and ``oneOf``."""
    return {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}


def class_key(schema: Schema) -> str:
    """What two schemas of objects have in common when one class can stand for both."""
    return json.dumps({k: v for k, v in schema.items() if k in _OF_CLASSES}, sort_keys=True)
