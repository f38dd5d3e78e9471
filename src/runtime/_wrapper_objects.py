"""JSON objects as Pydantic models: read as they are, written as they were.

Validation reads JSON as JSON Schema does: nothing is converted, so ``"5"`` and ``True`` are no
integers, and a date stays the text that it is. The one exception is a float without a fraction
where an integer is due: JSON Schema counts it as one, and so it becomes one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from ._json_values import whole_numbers
from ._text import did_you_mean, printable, quoted
from .exceptions import SchemaValidationError

_MAX_PROBLEMS = 5


class _Object(BaseModel):
    """A JSON object: read as it is, written as it was.

    The constructor takes the Python names of the fields, or the schema's own, as in
    ``P(**{"$filter": ...})``. None for a field that cannot be null is as good as not given. A
    keyword that is no field is refused, unless the schema says that there may be others;
    ``model_validate`` takes a whole JSON object and keeps what it does not know.
    """

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        protected_namespaces=(),
        serialize_by_alias=True,
        defer_build=True,
    )
    _open: ClassVar[bool] = False

    def __init_subclass__(cls, *, others: Any = None, **options: Any) -> None:
        """``others`` is the type of the properties that have no field, where the schema tells."""
        super().__init_subclass__(**options)
        cls._open = others is not None
        if others not in (None, Any):
            own = inspect.get_annotations(cls)
            cls.__annotations__ = own | {"__pydantic_extra__": dict[str, others]}

    def __init__(self, /, **given: Any) -> None:
        cls = type(self)
        aliases = _aliases(cls)
        data = {aliases.get(name, name): value for name, value in given.items()}
        known = set(aliases.values())
        for name in data.keys() - known if not cls._open else ():
            raise SchemaValidationError(
                f"{cls.__name__} has no field {quoted(name)}: {did_you_mean(name, aliases)}", given
            )
        validate = functools.partial(
            self.__pydantic_validator__.validate_python, self_instance=self
        )
        try:
            validate(data)
        except ValidationError as e:
            read_json(validate, _without_refused_nulls(data, e), cls.__name__)

    # Tells pydantic that this is its own constructor, so that objects inside others are read as
    # JSON, and not through keywords.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        fields = cls.__pydantic_fields__
        if cls.__pydantic_fields_complete__ and not any(field.alias for field in fields.values()):
            return schema
        return core_schema.no_info_wrap_validator_function(
            functools.partial(_read_apart, cls), schema
        )

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The object that the JSON value ``obj`` is, by the names of the schema.

        Raises:
            SchemaValidationError: it does not fit the schema; the error's ``value`` is ``obj``.
        """
        validate = functools.partial(super().model_validate, **options)
        return cast(Self, read_json(validate, obj, cls.__name__))


class ToolParams(_Object):
    """The params of a tool, or an object in them: what was not given is not sent."""


class ToolResult(_Object):
    """The result of a tool, or an object in it."""


@functools.cache
def _aliases(cls: type[BaseModel]) -> dict[str, str]:
    """The schema's names of the fields, by their names in Python."""
    cls.model_rebuild()
    return {name: field.alias or name for name, field in cls.model_fields.items()}


def _read_apart(cls: type[_Object], value: Any, handler: Callable[[Any], Any]) -> Any:
    """Reads an object in which a name that the schema does not know may be that of a field here.

    Pydantic, which keeps one set of names for both, would count the field as given.
    """
    read = handler(value)
    extra = read.__pydantic_extra__
    if extra and isinstance(value, dict):
        for name, alias in _aliases(cls).items():
            if name in extra and alias not in value:
                read.__pydantic_fields_set__.discard(name)
    return read


def _without_refused_nulls(data: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    refused = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    return {name: value for name, value in data.items() if value is not None or name not in refused}


def read_json(validate: Callable[[Any], Any], value: Any, label: str) -> Any:
    """What ``validate`` makes of the JSON value ``value``, of which 1.0 and 1 are the same."""
    try:
        return validate(value)
    except ValidationError as e:
        problems = e
    if any(isinstance(problem["input"], float | list | dict) for problem in problems.errors()):
        try:
            return validate(whole_numbers(value))
        except ValidationError:
            pass
    raise SchemaValidationError(
        f"{label} does not fit the schema: {_told(problems, value)}", value
    ) from problems


def _told(error: ValidationError, value: Any) -> str:
    """The problems of a value, one place after the other."""
    places: dict[str, list[str]] = {}
    for problem in error.errors():
        said = places.setdefault(_place(problem["loc"], value), [])
        if problem["msg"] not in said:
            said.append(problem["msg"])
    told = [
        f"{place}: {' or '.join(said)}" if place else " or ".join(said)
        for place, said in places.items()
    ]
    rest = len(told) - _MAX_PROBLEMS
    return printable("; ".join(told[:_MAX_PROBLEMS])) + (f"; and {rest} more" if rest > 0 else "")


def _place(location: tuple[int | str, ...], value: Any) -> str:
    """Where in ``value`` a problem is: ``location`` less the names of types that pydantic tried."""
    path = ""
    for part in location:
        if isinstance(value, dict) and part in value:
            path, value = f"{path}.{part}", value[part]
        elif isinstance(value, list) and isinstance(part, int):
            path, value = f"{path}[{part}]", value[part]
        elif part == location[-1] and isinstance(value, dict):
            path = f"{path}.{part}"
    return path.removeprefix(".")
