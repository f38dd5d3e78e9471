"""The constraints of a JSON type as arguments of pydantic's ``Field``.

A bound that is no number, or says nothing, is left out; so is ``multipleOf`` with a fraction, whose
check in binary floating point would refuse valid values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ._emit_source import Code, literal, pattern_literal
from ._json_values import is_number
from ._schema_keywords import Schema
from ._schema_patterns import enforceable_pattern

_EXACT_FLOATS = 2**53
_NUMBER_KEYWORDS = (
    ("ge", "minimum"),
    ("gt", "exclusiveMinimum"),
    ("le", "maximum"),
    ("lt", "exclusiveMaximum"),
)


def field_call(kind: str, schema: Schema) -> str:
    """``Field(...)`` with what ``schema`` says of values of the JSON type ``kind``, if anything."""
    arguments = _ARGUMENTS[kind](schema) if kind in _ARGUMENTS else {}
    said = ", ".join(f"{name}={code}" for name, code in arguments.items())
    return f"Field({said})" if said else ""


def _string_arguments(schema: Schema) -> dict[str, Code]:
    arguments = _length_arguments(schema, "minLength", "maxLength")
    pattern = schema.get("pattern")
    enforced = enforceable_pattern(pattern) if isinstance(pattern, str) else None
    return {**arguments, "pattern": pattern_literal(enforced)} if enforced else arguments


def _integer_arguments(schema: Schema) -> dict[str, Code]:
    low = [math.ceil(bound) for bound in _bounds(schema, "minimum")]
    low += [math.floor(bound) + 1 for bound in _bounds(schema, "exclusiveMinimum")]
    high = [math.floor(bound) for bound in _bounds(schema, "maximum")]
    high += [math.ceil(bound) - 1 for bound in _bounds(schema, "exclusiveMaximum")]
    arguments = {"ge": literal(max(low))} if low else {}
    return arguments | ({"le": literal(min(high))} if high else {}) | _multiple_argument(schema)


def _number_arguments(schema: Schema) -> dict[str, Code]:
    arguments = {
        name: literal(bound)
        for name, keyword in _NUMBER_KEYWORDS
        for bound in _bounds(schema, keyword, exact=False)
    }
    return arguments | _multiple_argument(schema)


def _multiple_argument(schema: Schema) -> dict[str, Code]:
    step = schema.get("multipleOf")
    if is_number(step) and 0 < step < _EXACT_FLOATS and step == int(step) != 1:
        return {"multiple_of": literal(int(step))}
    return {}


def _length_arguments(schema: Schema, low: str, high: str) -> dict[str, Code]:
    found = (("min_length", _length(schema, low)), ("max_length", _length(schema, high)))
    return {
        name: literal(length)
        for name, length in found
        if length is not None and (length or name == "max_length")
    }


def _length(schema: Schema, keyword: str) -> int | None:
    length = schema.get(keyword)
    if is_number(length) and 0 <= length < _EXACT_FLOATS and length == int(length):
        return int(length)
    return None


def _bounds(schema: Schema, keyword: str, *, exact: bool = True) -> list[int | float]:
    """The bound that ``keyword`` sets, if any; with ``exact``, none that a float approximates."""
    bound = _at_bound(schema, keyword)
    if not is_number(bound) or not math.isfinite(bound):
        return []
    return [] if exact and isinstance(bound, float) and abs(bound) >= _EXACT_FLOATS else [bound]


def _at_bound(schema: Schema, keyword: str) -> Any:
    """The value of ``keyword``. In draft 4 ``exclusiveMinimum`` is a boolean, which makes
    ``minimum`` the exclusive bound."""
    plain = keyword.removeprefix("exclusive").lower()
    exclusive = f"exclusive{plain.capitalize()}"
    if schema.get(exclusive) is not True:
        return schema.get(keyword)
    return schema.get(plain) if keyword == exclusive else None


_ARGUMENTS: dict[str, Callable[[Schema], dict[str, Code]]] = {
    "string": _string_arguments,
    "integer": _integer_arguments,
    "number": _number_arguments,
    "array": lambda schema: _length_arguments(schema, "minItems", "maxItems"),
    "object": lambda schema: _length_arguments(schema, "minProperties", "maxProperties"),
}
