"""Several schemas that hold at once, as one.

``$ref`` and ``allOf`` say that a value must fit other schemas too. `flatten` folds them all into
one schema without either, so that the rest of the emitter sees plain keywords. Where an exact fold
would need a keyword that does not exist, the looser one is kept: a schema may come out wider than
it was, never narrower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._json_values import is_number, same_json
from ._schema_keywords import (
    Schema,
    choices,
    has_choices,
    is_closed,
    is_never,
    mapping,
    property_schema,
    strings,
)
from ._schema_references import Document

NEVER: Schema = {"not": {}}
"""The schema ``false``: no value fits."""

NOTE = "\0note"
"""The key under which a flattened schema says what could not be followed."""

_MOST_FOLDS = 200
"""How many folds one schema may take; one that needs more is a loop, or an attack."""
_ANNOTATIONS = frozenset({"description", "title", "default", "examples", "deprecated"})


def flatten(document: Document, schema: Any) -> Schema:
    """The one schema without ``$ref`` and ``allOf`` that ``schema`` amounts to."""
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
        if self._folds > _MOST_FOLDS:
            return {NOTE: "its schema is too entangled"}
        if isinstance(reference, str):
            return self._with_target(schema, reference, seen)
        folded: Schema = {}
        for part in schema["allOf"]:
            folded = both(folded, self.flatten(part, seen))
        return both(folded, _without(schema, "allOf"))

    def _with_target(self, schema: Schema, reference: str, seen: frozenset[str]) -> Schema:
        if reference in seen:
            return {}
        try:
            resolved = self._document.resolve(reference)
        except LookupError:
            target: Schema = {NOTE: f"its schema is elsewhere, at {reference}"}
        else:
            target = self.flatten(resolved, seen | {reference})
        rest = _without(schema, "$ref", "$dynamicRef")
        if self._document.legacy:
            rest = {key: value for key, value in rest.items() if key in _ANNOTATIONS}
        return both(target, self.flatten(rest, seen))


def both(a: Schema, b: Schema) -> Schema:
    """The schema of the values that fit ``a`` and ``b``; annotations are those of ``b``, where it
    has some."""
    if not a or not b or a == b:
        return b or a
    folded = {**a, **b}
    for keyword in a.keys() & b.keys():
        fold = _FOLDS.get(keyword)
        if fold is not None and a[keyword] != b[keyword]:
            folded[keyword] = fold(a[keyword], b[keyword])
    if is_never(a) or is_never(b) or folded.get("type") == []:
        return NEVER
    if has_choices(a) and has_choices(b):
        folded.pop("const", None)
        folded["enum"] = [value for value in choices(a) if _contains(choices(b), value)]
    if "properties" in folded or "additionalProperties" in folded:
        folded["properties"] = _both_properties(a, b)
    if ("prefixItems" in a) != ("prefixItems" in b) and "items" in folded:
        folded = _without(folded, "items", "prefixItems")
    return folded


def either(alternatives: list[Schema]) -> Schema:
    """A schema that every object fits that one of the flattened ``alternatives`` fits."""
    properties: Schema = {}
    for name in [name for schema in alternatives for name in mapping(schema, "properties")]:
        options = [property_schema(schema, name) for schema in alternatives]
        options = [option for option in options if option is not False]
        properties[name] = {"anyOf": options} if options else False
    first, *others = [strings(schema.get("required")) for schema in alternatives]
    required = [name for name in first if all(name in names for names in others)]
    closed = all(map(is_closed, alternatives))
    folded: Schema = {"properties": properties, "required": required}
    return folded | ({"additionalProperties": False} if closed else {})


def _both_properties(a: Schema, b: Schema) -> Schema:
    """The properties of two schemas, where one that only one of them names must also fit what the
    other says about properties that it does not name."""
    names = dict.fromkeys([*mapping(a, "properties"), *mapping(b, "properties")])
    return {name: _all_of(property_schema(a, name), property_schema(b, name)) for name in names}


def _all_of(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    if not a or a is True or a == b:
        return b
    return a if not b or b is True else {"allOf": [a, b]}


def _both_mappings(a: Any, b: Any) -> Any:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return a if isinstance(a, dict) else b
    return {**a, **b, **{key: _all_of(a[key], b[key]) for key in a.keys() & b.keys()}}


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


def _without(schema: Schema, *keywords: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keywords}


def _contains(values: list[Any], value: Any) -> bool:
    return any(same_json(value, other) for other in values)


_FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "type": _both_types,
    "required": _both_required,
    "additionalProperties": _all_of,
    "propertyNames": _all_of,
    "items": _all_of,
    "patternProperties": _both_mappings,
    **dict.fromkeys(
        ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"], _larger
    ),
    **dict.fromkeys(
        ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"], _smaller
    ),
}
