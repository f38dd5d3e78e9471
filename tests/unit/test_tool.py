"""Generated functions: both call forms, and typed results."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pytest

import runtime.mcp_client
from runtime.exceptions import SchemaValidationError
from runtime.tool import ToolParams, ToolResult, call, tool


class SumParams(ToolParams):
    a: int
    params: int = 0


class SumResult(ToolResult):
    total: int


@tool(SumParams)
async def add(params: SumParams) -> SumResult:
    """Adds."""
    return await call("calc__sum", params, SumResult)


class Server:
    """Stands in for the manager: keeps what was sent, and gives the answer it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any] | None]] = []
        self.answer: Any = {"total": 3}

    async def call(self, identifier: str, params: Mapping[str, Any] | None = None) -> Any:
        self.calls.append((identifier, params))
        return self.answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(runtime.mcp_client, "call_mcp_tool", server.call)
    return server


async def test_both_call_forms_send_the_same(server: Server) -> None:
    await add(SumParams(a=1))
    await add(a=1)
    assert server.calls == [("calc__sum", {"a": 1})] * 2


async def test_a_param_may_be_called_params(server: Server) -> None:
    await add(a=1, params=2)
    assert server.calls == [("calc__sum", {"a": 1, "params": 2})]


@pytest.mark.parametrize("keywords", [{"b": 1}, {"a": "1"}, {}, {"a": 1, "parmas": 2}])
async def test_wrong_keywords_are_an_error_before_anything_is_sent(
    server: Server, keywords: dict[str, Any]
) -> None:
    with pytest.raises(SchemaValidationError, match="SumParams"):
        await add(**keywords)
    assert server.calls == []


@pytest.mark.parametrize(
    ("args", "keywords"), [((1,), {}), ((SumParams(a=1),), {"a": 1}), (({"a": 1},), {})]
)
async def test_wrong_positional_arguments_are_an_error_before_anything_is_sent(
    server: Server, args: tuple[Any, ...], keywords: dict[str, Any]
) -> None:
    with pytest.raises(SchemaValidationError, match=r"add\(\) takes keywords"):
        await add(*args, **keywords)
    assert server.calls == []


async def test_a_result_is_of_the_declared_class(server: Server) -> None:
    result = await add(a=1)
    assert (type(result), result.total) == (SumResult, 3)


async def test_a_result_that_does_not_fit_is_not_lost(server: Server) -> None:
    server.answer = {"total": "three"}
    with pytest.raises(SchemaValidationError, match=r"'calc__sum' .* total: ") as caught:
        await add(a=1)
    assert caught.value.value == {"total": "three"}


@pytest.mark.parametrize(
    ("result", "answer"),
    [(list[SumResult], [{"total": 1}]), (int | None, None), (str, "x"), (dict[str, int], {"a": 1})],
)
async def test_results_need_not_be_classes(server: Server, result: Any, answer: Any) -> None:
    server.answer = answer
    read = await call(f"calc__{result}", SumParams(a=1), result)
    assert read == ([SumResult(total=1)] if answer == [{"total": 1}] else answer)


@pytest.mark.parametrize(
    ("result", "answer"), [(list[int], ["1"]), (int, True), (str, 5), (list[SumResult], [{}])]
)
async def test_results_are_not_converted(server: Server, result: Any, answer: Any) -> None:
    server.answer = answer
    with pytest.raises(SchemaValidationError):
        await call(f"calc__{result}", SumParams(a=1), result)


async def test_without_a_declared_result_the_answer_comes_as_it_is(server: Server) -> None:
    server.answer = [object()]
    assert await call("calc__sum", SumParams(a=1)) is server.answer


def test_a_tool_looks_like_the_function_it_was_made_of() -> None:
    assert (add.__name__, inspect.getdoc(add)) == ("add", "Adds.")  # type: ignore[attr-defined]
