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
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from pydantic import BaseModel, ConfigDict, TypeAdapter

from ._text import quoted
from ._wrapper_fields import Exact, Forbidden, OneOf, Opt
from ._wrapper_objects import ToolParams, ToolResult, read_json
from .exceptions import SchemaValidationError

__all__ = ["Exact", "Forbidden", "OneOf", "Opt", "ToolParams", "ToolResult", "call", "tool"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


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
    """Makes a function of one `ToolParams` also one of keywords, the fields of ``params``."""
    return functools.partial(Tool, params)


@overload
async def call(identifier: str, params: ToolParams) -> Any: ...


@overload
async def call(identifier: str, params: ToolParams, result: type[R]) -> R: ...


@overload
async def call(identifier: str, params: ToolParams, result: object) -> Any: ...


async def call(identifier: str, params: ToolParams, result: Any = Any) -> Any:
    """Calls the tool ``server__tool`` and returns its answer as a ``result``, a type, if given.

    Raises:
        SchemaValidationError: the answer does not fit ``result``; the error's ``value`` holds it.
        McpExecutionError: what else can go wrong, see `McpClientManager.call_tool`.
    """
    from .mcp_client import call_mcp_tool

    arguments = params.model_dump(mode="json", exclude_unset=True, warnings=False)
    answer = await call_mcp_tool(identifier, arguments)
    return answer if result is Any else _as_result(identifier, answer, result)


def _as_result(identifier: str, answer: Any, result: Any) -> Any:
    label = f"the answer of {quoted(identifier)}"
    return read_json(_result_adapter(identifier, result).validate_python, answer, label)


def _result_adapter(identifier: str, result: Any) -> TypeAdapter[Any]:
    known, adapter = _adapters.get(identifier, (None, None))
    if adapter is None or known is not result:
        own = isinstance(result, type) and issubclass(result, BaseModel)
        adapter = TypeAdapter(result, config=None if own else ConfigDict(strict=True))
        _adapters[identifier] = (result, adapter)
    return adapter


_adapters: dict[str, tuple[Any, TypeAdapter[Any]]] = {}
