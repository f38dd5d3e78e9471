"""Takes answers off the wire before the SDK's validation sees them.

The SDK validates a whole result at once: one malformed tool loses the listing, one unknown content
block loses the answer of a tool that has already run. So each answer is kept as it came, in its
`Exchange`, and the SDK, which does the protocol, is handed a stand-in that it accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

import anyio
from mcp.client._transport import ReadStream, TransportStreams, WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCRequest, JSONRPCResponse, RequestId, Tool
from pydantic import ValidationError

from ._protocol import HttpFailure


class Exchange:
    """A request under way, and what came back for it."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.request_id: RequestId | None = None
        self.answered = False
        """Whether a response arrived for it, a result or an error."""
        self.result: dict[str, Any] | None = None
        """The result as it came over the wire, or None while there is none."""
        self.http_failure: HttpFailure | None = None


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that what is being sent belongs to. The SDK's HTTP transports run each request in
the context of its sender, which is how the HTTP client's hooks find it."""


class Tap:
    """Stands between the SDK's session and a transport, and completes the exchanges that pass."""

    def __init__(self, streams: TransportStreams, on_end: Callable[[], None]) -> None:
        self._under_way: dict[RequestId, Exchange] = {}
        self._on_end = on_end
        read, write = streams
        self.streams: TransportStreams = (_TappedRead(read, self), _TappedWrite(write, self))

    def sent(self, item: SessionMessage) -> None:
        exchange = CURRENT.get()
        if exchange is not None and isinstance(item.message, JSONRPCRequest):
            exchange.request_id = item.message.id
            self._under_way[item.message.id] = exchange

    def received(self, item: SessionMessage | Exception) -> None:
        message = item.message if isinstance(item, SessionMessage) else None
        if not isinstance(message, JSONRPCResponse | JSONRPCError) or message.id is None:
            return
        exchange = self._under_way.pop(_number(message.id), None)
        if exchange is None:
            return
        exchange.answered = True
        if isinstance(message, JSONRPCResponse):
            exchange.result = message.result
            message.result = _stand_in(exchange.method, message.result)

    def forget(self, exchange: Exchange) -> None:
        """No answer is expected any more: it was given up."""
        if exchange.request_id is not None:
            self._under_way.pop(exchange.request_id, None)

    def ended(self) -> None:
        self._on_end()


def _number(request_id: RequestId) -> RequestId:
    """The id as the SDK gave it out: some servers send numbers back as strings."""
    return int(request_id) if isinstance(request_id, str) and request_id.isdecimal() else request_id


def _stand_in(method: str, result: dict[str, Any]) -> dict[str, Any]:
    """A result that the SDK accepts in place of ``result``."""
    if result.get("resultType", "complete") != "complete":
        return result
    if method == "tools/call":
        return {"content": [], "resultType": "complete"}
    if method == "tools/list":
        # The SDK reads the header annotations of the 2026-07-28 protocol out of the listing.
        tools = result.get("tools")
        valid = [tool for tool in tools if _sdk_accepts(tool)] if isinstance(tools, list) else []
        return {**result, "tools": valid}
    return result


def _sdk_accepts(tool: Any) -> bool:
    try:
        Tool.model_validate(tool, by_name=False)
    except ValidationError:
        return False
    return True


class _Closable(Protocol):
    async def aclose(self) -> None: ...


S = TypeVar("S", bound=_Closable)


class _Tapped(Generic[S]):
    """What both directions share: they close the stream that they wrap."""

    def __init__(self, inner: S, tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


class _TappedRead(_Tapped[ReadStream[SessionMessage | Exception]]):
    @property
    def last_context(self) -> Any:
        """The sender's context, where the transport carries it; the SDK's dispatcher asks."""
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        try:
            item = await self._inner.receive()
        except anyio.EndOfStream:
            self._tap.ended()
            raise
        self._tap.received(item)
        return item

    def __aiter__(self) -> _TappedRead:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> _TappedRead:
        return self


class _TappedWrite(_Tapped[WriteStream[SessionMessage]]):
    async def send(self, item: SessionMessage, /) -> None:
        self._tap.sent(item)
        await self._inner.send(item)

    async def __aenter__(self) -> _TappedWrite:
        return self
