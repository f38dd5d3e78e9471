"""Several schemas that hold at once, as one.

`$ref` and `allOf` say that a value must fit other schemas too. `flatten` folds them all into one
schema without either, so that the rest of the emitter sees plain keywords. Where an exact fold
would need a keyword that does not exist, the looser one is kept: a schema may come out wider than
it was, never narrower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._json_values import is_number, same_json
from ._references import Document, Schema

NEVER: Schema = {"not": {}}
"""The schema `false`: no value fits."""

NOTE = "\0note"
"""The key under which a flattened schema says what could not be followed."""

_LIMIT = 200
"""How many folds one schema may take; one that needs more is a loop, or an attack."""


def flatten(document: Document, schema: Any) -> Schema:
    """The one schema without `$ref` and `allOf` that `schema` amounts to."""
    return _Flattening(document).flatten(schema, frozenset())


class _Flattening:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._folds = 0

    def flatten(self, schema: Any, seen: frozenset[str]) -> Schema:
        if schema is False:
            return NEVER
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref", schema.get("$dynamicRef"))
        if not isinstance(reference, str) and not isinstance(schema.get("allOf"), list):
            return schema
        self._folds += 1
        if self._folds > _LIMIT:
            return {NOTE: "its schema is too entangled"}
        if isinstance(reference, str):
            return self._with_target(schema, reference, seen)
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        folded: Schema = {}
        for part in schema["allOf"]:
            folded = both(folded, self.flatten(part, seen))
        return both(folded, rest)

    def _with_target(self, schema: Schema, reference: str, seen: frozenset[str]) -> Schema:
        if reference in seen:
            return {}
        try:
            resolved = self._document.resolve(reference)
        except LookupError:
            target: Schema = {NOTE: f"its schema is elsewhere, at {reference}"}
        else:
            target = self.flatten(resolved, seen | {reference})
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "$dynamicRef")}
        if self._document.legacy:
            rest = {key: value for key, value in rest.items() if key in _ANNOTATIONS}
        return both(target, self.flatten(rest, seen))


def both(a: Schema, b: Schema) -> Schema:
    """The schema of the values that fit `a` and `b`; annotations are those of `b`, where it has
    some."""
    if not a or not b or a == b:
        return b or a
    folded = {**a, **b}
    for keyword in a.keys() & b.keys():
        fold = _FOLDS.get(keyword)
        if fold is not None and a[keyword] != b[keyword]:
            folded[keyword] = fold(a[keyword], b[keyword])
    if is_never(a) or is_never(b) or folded.get("type") == []:
        return NEVER
    for keyword in ("enum", "const"):
        if keyword in folded and ("enum" in a or "const" in a) and ("enum" in b or "const" in b):
            values = [value for value in choices(a) if _contains(choices(b), value)]
            folded.pop("const", None)
            folded["enum"] = values
    if "properties" in folded or "additionalProperties" in folded:
        folded["properties"] = _both_properties(a, b)
    if ("prefixItems" in a) != ("prefixItems" in b) and "items" in folded:
        folded.pop("items")
        folded.pop("prefixItems")
    return folded


def is_never(schema: Schema) -> bool:
    """Whether the flattened `schema` says that no value fits."""
    return "not" in schema and schema["not"] in ({}, True)


def either(alternatives: list[Schema]) -> Schema:
    """A schema of objects that fits every object that one of the flattened `alternatives` fits."""
    names = dict.fromkeys(name for schema in alternatives for name in mapping(schema, PROPERTIES))
    properties: Schema = {}
    for name in names:
        options = [property_schema(schema, name) for schema in alternatives]
        options = [option for option in options if option is not False]
        properties[name] = {"anyOf": options} if options else False
    required = [
        name
        for name in strings(alternatives[0].get("required"))
        if all(name in strings(schema.get("required")) for schema in alternatives)
    ]
    closed = all(schema.get("additionalProperties") is False for schema in alternatives)
    patterned = any(schema.get("patternProperties") for schema in alternatives)
    rest: Schema = {"additionalProperties": False} if closed and not patterned else {}
    return {"properties": properties, "required": required, **rest}


PROPERTIES = "properties"
_ANNOTATIONS = frozenset({"description", "title", "default", "examples", "deprecated"})


def choices(schema: Schema) -> list[Any]:
    """The values that `enum` or `const` lists."""
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else []


def _contains(values: list[Any], value: Any) -> bool:
    return any(same_json(value, other) for other in values)


def property_schema(schema: Schema, name: str) -> Any:
    """The schema of the property `name` in the objects of `schema`; False where it has none."""
    properties = mapping(schema, PROPERTIES)
    if name in properties:
        return properties[name]
    if mapping(schema, "patternProperties"):
        return {}
    return schema.get("additionalProperties", {})


def _both_properties(a: Schema, b: Schema) -> Schema:
    """The properties of two schemas, where one that only one of them names must also fit what the
    other says about properties that it does not name."""
    folded: Schema = {}
    for name in [*mapping(a, PROPERTIES), *mapping(b, PROPERTIES)]:
        if name not in folded:
            folded[name] = all_of(property_schema(a, name), property_schema(b, name))
    return folded


def all_of(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    if not a or a is True or a == b:
        return b
    return a if not b or b is True else {"allOf": [a, b]}


def _both_mappings(a: Any, b: Any) -> Any:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return a if isinstance(a, dict) else b
    return {**a, **b, **{key: all_of(a[key], b[key]) for key in a.keys() & b.keys()}}


def _both_types(a: Any, b: Any) -> Any:
    left, right = strings(a), strings(b)
    kept = [kind for kind in left if kind in right or (kind == "integer" and "number" in right)]
    kept += [kind for kind in right if kind == "integer" and "number" in left]
    return list(dict.fromkeys(kept))


def _both_required(a: Any, b: Any) -> Any:
    return list(dict.fromkeys([*strings(a), *strings(b)]))


def _larger(a: Any, b: Any) -> Any:
    return max(a, b) if is_number(a) and is_number(b) else a if is_number(a) else b


def _smaller(a: Any, b: Any) -> Any:
    return min(a, b) if is_number(a) and is_number(b) else a if is_number(a) else b


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def mapping(schema: Schema, keyword: str) -> Schema:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


_FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "type": _both_types,
    "required": _both_required,
    "additionalProperties": all_of,
    "propertyNames": all_of,
    "items": all_of,
    "patternProperties": _both_mappings,
    **dict.fromkeys(
        "minimum exclusiveMinimum minLength minItems minProperties".split(), _larger
    ),
    **dict.fromkeys(
        "maximum exclusiveMaximum maxLength maxItems maxProperties".split(), _smaller
    ),
}
