"""Sample answers as JSON Schema: what they have in common, and none of their values.

genson merges the samples, and the schema of earlier ones. What it lacks is here: objects whose keys
are data become maps, the result does not depend on the order of the samples, and what cannot be
described (strings that are no Unicode text, more than `MAX_DEPTH` levels) becomes `ANYTHING`.

Two forms of a schema:

- `infer_schema` gives what was seen, which later samples can be merged into. It has no values and
  no ``format``, ``enum`` or ``required``; a string is a string.
- `defensive_schema` makes of it what can be expected of answers to come: every field may be missing
  or null, every entry of a map null, and what was never seen but null or empty may be anything.

**Maps and records.** A key is data, not the name of a field, when it looks like data: numbers,
dates and times; five digits in a row; hexadecimal digests and UUIDs; e-mail addresses; paths, URLs
and media types; issue keys such as ``PROJ-12``; upper-case codes such as ``U024BE7LH``; anything
longer than 64 characters or of several lines. Such keys are not kept, as they may be private. An
object with no other keys is a map, and so is one with three or more keys whose values are all
records of the same two or more fields, or with more than `MAX_FIELDS` keys whose values are all of
one type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from genson import SchemaBuilder  # type: ignore[import-untyped]
from genson.schema.strategies import TypedSchemaStrategy  # type: ignore[import-untyped]

Schema = dict[str, Any]

ANYTHING = "any"
"""The ``type`` of what no schema can describe; only inferred schemas have it."""
MAX_DEPTH = 30
"""Levels of arrays and objects that are looked into."""
MAX_FIELDS = 24
"""Fields of one type that a record may have; beyond it they are the entries of a map."""

_DATA_KEY = re.compile(
    "|".join(
        (
            r"^[-+]?[0-9]+([-+.:,/ T]+[0-9]+)*Z?$",
            r"[0-9]{5}",
            r"^(?=.*[0-9])[0-9A-Fa-f]{7,}$",
            r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
            r"[^@\s]@(?!odata\.)[^@\s]",
            r"[/\\]",
            r"^[A-Z][A-Z0-9]*-[0-9]+$",
            r"^(?=(.*[0-9]){2})[A-Z0-9]{8,}$",
            r"^(?=(.*[0-9]){4})[A-Za-z0-9]{20,}$",
            r"^.{65,}$",
            r"\n",
        )
    )
)
_ENTRIES = "(?!)"
"""The pattern that stands for the keys that are data: one that genson matches with no key."""
_ALL_ENTRIES = "^"
"""The pattern of a map that has other keys too: from then on, every key is data."""
_SHARED_FIELDS = 2
_SIMILAR_RECORDS = 3


def infer_schema(samples: Iterable[Any]) -> Schema:
    """The schema that all ``samples`` fit, whatever their order."""
    builder = _Builder(schema_uri=None)
    for sample in samples:
        builder.add_object(_describable(sample, MAX_DEPTH))
    return _settled(builder.to_schema())


def merge_schemas(schemas: Iterable[Schema]) -> Schema:
    """The schema of all that fits one of ``schemas``, which `infer_schema` made.

    Raises:
        ValueError: one of them is no such schema.
    """
    try:
        return _settled(_merged(map(_checked, schemas)))
    except (AttributeError, TypeError, RecursionError) as error:
        raise ValueError("not an inferred schema") from error


def defensive_schema(schema: Schema) -> Schema:
    """What to expect of answers, when ``schema``, made by `infer_schema`, is what was seen."""
    variants = _variants(schema)
    types = {variant["type"] for variant in variants}
    if ANYTHING in types or types <= {"null"}:
        return {}
    return _either([_defensive_variant(variant) for variant in variants])


def is_data_key(key: str) -> bool:
    """Whether a key is data, such as an identifier or a date, and not the name of a field."""
    return _DATA_KEY.search(key) is not None


class _Opaque:
    """Stands in a sample for what cannot be described."""


_OPAQUE = _Opaque()


class _Anything(TypedSchemaStrategy):  # type: ignore[misc]
    JS_TYPE = ANYTHING
    PYTHON_TYPE = _Opaque


class _Builder(SchemaBuilder):  # type: ignore[misc]
    EXTRA_STRATEGIES = (_Anything,)


def _describable(sample: Any, depth: int) -> Any:
    """``sample``, with `_OPAQUE` for all that is no JSON value that a model could hold."""
    if isinstance(sample, str):
        return sample if _is_text(sample) else _OPAQUE
    if sample is None or type(sample) in (bool, int, float):
        return sample
    if depth == 0:
        return _OPAQUE
    if isinstance(sample, list):
        return [_describable(item, depth - 1) for item in sample]
    if isinstance(sample, dict) and all(isinstance(key, str) and _is_text(key) for key in sample):
        return {key: _describable(value, depth - 1) for key, value in sample.items()}
    return _OPAQUE


def _is_text(text: str) -> bool:
    """Whether a string is Unicode text: JSON can also say half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_TYPES = frozenset(
    (ANYTHING, "array", "boolean", "integer", "null", "number", "object", "string"),
)


def _checked(schema: Schema) -> Schema:
    """``schema``, when it consists of nothing but what `_settled` writes."""
    variants = _variants(schema)
    if schema and not variants:
        raise TypeError("not an inferred schema")
    for variant in variants:
        if variant["type"] not in _TYPES or not variant.keys() <= _KEYWORDS[variant["type"]]:
            raise TypeError("not an inferred schema")
        for part in _parts(variant):
            _checked(part)
    return schema


_KEYWORDS = dict.fromkeys(_TYPES, frozenset({"type"})) | {
    "array": frozenset({"type", "items"}),
    "object": frozenset({"type", "properties", "patternProperties"}),
}


def _parts(variant: Schema) -> Iterable[Schema]:
    if "items" in variant:
        yield variant["items"]
    yield from variant.get("properties", {}).values()
    yield from variant.get("patternProperties", {}).values()


def _variants(schema: Schema) -> list[Schema]:
    """The alternatives of a schema, each of one type; none for what was never seen."""
    if "anyOf" in schema:
        return [variant for part in schema["anyOf"] for variant in _variants(part)]
    types = schema.get("type", [])
    return [{**schema, "type": kind} for kind in types] if isinstance(types, list) else [schema]


def _either(variants: list[Schema]) -> Schema:
    """The schema of what fits one of ``variants``, each of another type; always the same one."""
    plain = sorted(variant["type"] for variant in variants if variant.keys() == {"type"})
    others = [variant for variant in variants if variant.keys() != {"type"}]
    if plain:
        others.append({"type": plain[0] if len(plain) == 1 else plain})
    others.sort(key=lambda variant: str(variant["type"]))
    if len(others) > 1:
        return {"anyOf": others}
    return others[0] if others else {}


def _merged(schemas: Iterable[Schema]) -> Schema:
    builder = _Builder(schema_uri=None)
    for schema in schemas:
        builder.add_schema(schema)
    merged: Schema = builder.to_schema()
    return merged


def _settled(schema: Schema) -> Schema:
    """What genson found, with maps told from records, in an order that the samples do not rule."""
    return _either([_settled_variant(variant) for variant in _variants(schema)])


def _settled_variant(variant: Schema) -> Schema:
    kind = variant["type"]
    if kind == "object":
        return _settled_object(variant)
    items = _settled(variant.get("items", {}))
    return {"type": kind, "items": items} if items else {"type": kind}


def _settled_object(variant: Schema) -> Schema:
    properties = variant.get("properties", {})
    patterns = variant.get("patternProperties", {})
    fields = {key: properties[key] for key in sorted(properties) if not is_data_key(key)}
    entries = [value for key, value in properties.items() if key not in fields]
    pattern = _ENTRIES
    if _ALL_ENTRIES in patterns or _are_entries(list(fields.values())):
        entries, fields, pattern = [*entries, *fields.values()], {}, _ALL_ENTRIES
    entries += patterns.values()
    settled: Schema = {"type": "object"}
    if fields:
        settled["properties"] = {key: _settled(value) for key, value in fields.items()}
    if entries:
        settled["patternProperties"] = {pattern: _settled(_merged(entries))}
    return settled


def _are_entries(values: list[Schema]) -> bool:
    """Whether the values of an object are so alike that its keys can be no names of fields."""
    kinds = {frozenset(_kinds(value)) for value in values}
    if len(values) > MAX_FIELDS and len(set().union(*kinds)) == 1:
        return True
    if len(values) < _SIMILAR_RECORDS or kinds != {frozenset({"object"})}:
        return False
    names = {frozenset(_field_names(value)) for value in values}
    return len(names) == 1 and len(next(iter(names))) >= _SHARED_FIELDS


def _kinds(schema: Schema) -> Iterable[str]:
    return (variant["type"] for variant in _variants(schema) if variant["type"] != "null")


def _field_names(schema: Schema) -> Iterable[str]:
    for variant in _variants(schema):
        yield from (name for name in variant.get("properties", {}) if not is_data_key(name))


def _defensive_variant(variant: Schema) -> Schema:
    kind = variant["type"]
    if "items" in variant:
        return {"type": kind, "items": defensive_schema(variant["items"])}
    if "properties" in variant:
        fields = variant["properties"].items()
        return {"type": kind, "properties": {name: _optional(value) for name, value in fields}}
    for entry in variant.get("patternProperties", {}).values():
        return {"type": kind, "additionalProperties": _optional(entry)}
    return {"type": kind}


def _optional(schema: Schema) -> Schema:
    """The schema of a field or of an entry of a map: what `defensive_schema` says, or null."""
    expected = defensive_schema(schema)
    if not expected:
        return {}
    kept = [variant for variant in _variants(expected) if variant["type"] != "null"]
    return _either([*kept, {"type": "null"}])
