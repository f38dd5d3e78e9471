"""What generated modules stand on: the base classes of params and results, and the call itself.

A generated module reads::

    class GitLogParams(ToolParams):
        repo_path: str
        max_count: int = 10

    @tool(GitLogParams)
    async def git_log(params: GitLogParams) -> Any:
        return await call("git__git_log", params)

and its function is called as ``git_log(GitLogParams(repo_path="."))`` or, with the same types,
``git_log(repo_path=".")``.

Validation reads JSON as JSON Schema does: nothing is converted, so ``"5"`` and ``True`` are no
integers, and a date stays the text that it is. The one exception is a float without a fraction
where an integer is due, which JSON Schema counts as one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Never,
    ParamSpec,
    Self,
    TypeVar,
    cast,
    get_args,
    overload,
)

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ._json_values import same_json, whole_numbers
from ._text import did_you_mean, printable, quoted
from .exceptions import SchemaValidationError

__all__ = ["Exact", "Forbidden", "OneOf", "Opt", "ToolParams", "ToolResult", "call", "tool"]

_MAX_PROBLEMS = 5

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


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


def _refuse(value: Any) -> Any:
    raise PydanticCustomError("forbidden", "the schema allows no value here")


Opt = Annotated[T | None, _NotNull()]
"""A field that may be left out, but not be null."""
Exact = Annotated[T, OneOf()]
"""A ``Literal`` of numbers or booleans, which Python would mix up."""
Forbidden = Annotated[Never, _Nothing()]
"""The type of what the schema forbids."""


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

    def __init_subclass__(cls, *, open: bool = False, **options: Any) -> None:  # noqa: A002
        super().__init_subclass__(**options)
        cls._open = open

    def __init__(self, /, **given: Any) -> None:
        cls = type(self)
        aliases = _aliases(cls)
        data = {aliases.get(name, name): value for name, value in given.items()}
        known = set(aliases.values())
        for name in data.keys() - known if not cls._open else ():
            raise SchemaValidationError(
                f"{cls.__name__} has no field {quoted(name)}: {did_you_mean(name, aliases)}", given
            )
        validate = functools.partial(self.__pydantic_validator__.validate_python, self_instance=self)
        try:
            validate(data)
        except ValidationError as e:
            _read(validate, _without_refused_nulls(data, e), cls.__name__)

    # Tells pydantic that this is its own constructor, so that objects inside others are read as
    # JSON, and not through keywords.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The object that the JSON value ``obj`` is, by the names of the schema.

        Raises:
            SchemaValidationError: it does not fit the schema; the error's ``value`` is ``obj``.
        """
        validate = functools.partial(super().model_validate, **options)
        return cast(Self, _read(validate, obj, cls.__name__))


class ToolParams(_Object):
    """The params of a tool, or an object in them: what was not given is not sent."""


class ToolResult(_Object):
    """The result of a tool, or an object in it."""


class Tool(Generic[P, T, R]):
    """A tool as a function: of its params as one object, or of its params as keywords."""

    def __init__(self, params: Callable[P, T], run: Callable[[T], Coroutine[Any, Any, R]]) -> None:
        functools.update_wrapper(self, run)
        self._params = params
        self._run = run

    @overload
    async def __call__(self, params: T, /) -> R: ...

    @overload
    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def __call__(self, *args: Any, **kwargs: Any) -> R:
        """Calls the tool once.

        Raises:
            SchemaValidationError: the params do not fit the schema, and nothing was sent; or the
                result does not, and the error's ``value`` holds it.
            McpExecutionError: what else can go wrong, see `McpClientManager.call_tool`.
        """
        return await self._run(self._one(args, kwargs))

    def _one(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        if not args:
            return self._params(**kwargs)  # type: ignore[call-arg]
        kind = cast(type[T], self._params)
        if len(args) > 1 or kwargs or not isinstance(args[0], kind):
            name = getattr(self, "__name__", "this tool")
            raise SchemaValidationError(
                f"{name}() takes keywords, as in {name}(name=value), or one {kind.__name__}",
                value=args,
            )
        return args[0]


def tool(
    params: Callable[P, T],
) -> Callable[[Callable[[T], Coroutine[Any, Any, R]]], Tool[P, T, R]]:
    """Makes a function of ``params``, a `ToolParams` class, callable with its fields as keywords."""
    return functools.partial(Tool, params)


@overload
async def call(identifier: str, params: ToolParams) -> Any: ...


@overload
async def call(identifier: str, params: ToolParams, result: type[R]) -> R: ...


@overload
async def call(identifier: str, params: ToolParams, result: object) -> Any: ...


async def call(identifier: str, params: ToolParams, result: Any = None) -> Any:
    """Calls the tool ``server__tool`` and returns its answer as a ``result``, a type, if given.

    Raises:
        SchemaValidationError: the answer does not fit ``result``; the error's ``value`` holds it.
        McpExecutionError: what else can go wrong, see `McpClientManager.call_tool`.
    """
    from .mcp_client import call_mcp_tool

    arguments = params.model_dump(mode="json", exclude_unset=True, warnings=False)
    answer = await call_mcp_tool(identifier, arguments)
    return answer if result is None else _as_result(identifier, answer, result)


def _as_result(identifier: str, answer: Any, result: Any) -> Any:
    label = f"the answer of {quoted(identifier)}"
    return _read(_result_adapter(identifier, result).validate_python, answer, label)


def _result_adapter(identifier: str, result: Any) -> TypeAdapter[Any]:
    known, adapter = _adapters.get(identifier, (None, None))
    if adapter is None or known is not result:
        own = isinstance(result, type) and issubclass(result, BaseModel)
        adapter = TypeAdapter(result, config=None if own else ConfigDict(strict=True))
        _adapters[identifier] = (result, adapter)
    return adapter


_adapters: dict[str, tuple[Any, TypeAdapter[Any]]] = {}


@functools.cache
def _aliases(cls: type[BaseModel]) -> dict[str, str]:
    """The schema's names of the fields, by their names in Python."""
    cls.model_rebuild()
    return {name: field.alias or name for name, field in cls.model_fields.items()}


def _without_refused_nulls(data: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    refused = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    return {name: value for name, value in data.items() if value is not None or name not in refused}


def _read(validate: Callable[[Any], Any], value: Any, label: str) -> Any:
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
    raise SchemaValidationError(f"{label} does not fit the schema: {_told(problems, value)}", value) from problems


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
