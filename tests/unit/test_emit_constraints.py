"""Constraints are written as pydantic enforces them exactly, or not at all."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import Field, TypeAdapter, ValidationError

from runtime._emit_constraints import field_call

BOUNDS = st.one_of(st.integers(-5, 5), st.sampled_from([0.5, -2.5, 1e300, 2**70, 1e18, "x", None]))
SCHEMAS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"], BOUNDS
    ),
)


def accepted(kind: Any, call: str, value: Any) -> bool:
    constraint = eval(call) if call else Field()
    try:
        TypeAdapter(Annotated[kind, constraint]).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@given(SCHEMAS, st.one_of(st.integers(-7, 7), st.sampled_from([10**17, 2**71])))
def test_integers_within_the_bounds_are_accepted(schema: dict[str, Any], value: int) -> None:
    told = {key: bound for key, bound in schema.items() if is_bound(key, bound)}
    call = field_call("integer", schema)
    if Draft202012Validator(told).is_valid(value):
        assert accepted(int, call, value)
    elif "multipleOf" not in told and all(abs(bound) < 2**53 for bound in told.values()):
        assert not accepted(int, call, value)


@given(SCHEMAS, st.one_of(st.integers(-7, 7), st.floats(-7, 7), st.just(1e299)))
def test_numbers_within_the_bounds_are_accepted(schema: dict[str, Any], value: float) -> None:
    told = {key: bound for key, bound in schema.items() if is_bound(key, bound)}
    valid = Draft202012Validator(told).is_valid(value)
    if valid or "multipleOf" not in told:
        assert accepted(int | float, field_call("number", schema), value) is valid


def is_bound(key: str, bound: Any) -> bool:
    """Whether the keyword is well-formed; the draft 4 meaning of true has its own test."""
    number = isinstance(bound, int | float) and not isinstance(bound, bool)
    return number and (key != "multipleOf" or bound > 0)


@pytest.mark.parametrize(
    ("kind", "schema", "call"),
    [
        ("string", {"minLength": 0, "maxLength": 5.0}, "Field(max_length=5)"),
        ("array", {"minItems": 1, "maxItems": -1}, "Field(min_length=1)"),
        ("object", {"minProperties": 1, "maxProperties": 2}, "Field(min_length=1, max_length=2)"),
        ("integer", {"minimum": 1, "exclusiveMinimum": True}, "Field(ge=2)"),
        ("number", {"maximum": 1, "exclusiveMaximum": True}, "Field(lt=1)"),
        ("number", {"maximum": 1, "exclusiveMaximum": False}, "Field(le=1)"),
        ("number", {"minimum": float("inf")}, ""),
        ("number", {"multipleOf": 0.1}, ""),
        ("integer", {"multipleOf": 1}, ""),
        ("integer", {"maximum": 1.7976931348623157e308}, ""),
        ("boolean", {"minimum": 1}, ""),
    ],
)
def test_a_constraint_is_written_as_it_can_be_enforced(
    kind: str, schema: dict[str, Any], call: str
) -> None:
    assert field_call(kind, schema) == call
