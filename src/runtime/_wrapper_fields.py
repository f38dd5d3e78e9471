"""What generated modules say of fields that Python's own types do not say."""

from __future__ import annotations

from typing import Annotated, Any, Never, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ._json_values import same_json

T = TypeVar("T")


class _NotNull:
    """Refuses null where it may not be sent; None as a default stays what says "not set"."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_refuse_null, handler(source))


def _refuse_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null", "null is not allowed: leave it out")
    return value


class OneOf:
    """Allows the JSON values that are listed, or that the ``Literal`` it annotates lists; unlike
    Python it tells 1 from true."""

    def __init__(self, *values: Any) -> None:
        self._values = values

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        allowed = self._values or get_args(source)

        def check(value: Any) -> Any:
            if not any(same_json(value, each) for each in allowed):
                expected = ", ".join(map(repr, allowed))
                raise PydanticCustomError("one_of", "Input should be one of {e}", {"e": expected})
            return value

        return core_schema.no_info_plain_validator_function(check)


class _Nothing:
    """Refuses every value."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_refuse)


def _refuse(_value: Any) -> Any:
    raise PydanticCustomError("forbidden", "the schema allows no value here")


Opt = Annotated[T | None, _NotNull()]
"""A field that may be left out, but not be null."""
Exact = Annotated[T, OneOf()]
"""A ``Literal`` of numbers or booleans, which Python would mix up."""
Forbidden = Annotated[Never, _Nothing()]
"""The type of what the schema forbids."""
