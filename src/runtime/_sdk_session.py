"""A session of the SDK's, over HTTP, and over stdio for a server that speaks only 2026-07-28.

Imported on the first connect that needs it, with the SDK. What the SDK raises ends here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, NoReturn

import anyio
from mcp.client._transport import TransportStreams
from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types import (
    CONNECTION_CLOSED,
    INTERNAL_ERROR,
    PARSE_ERROR,
    CallToolRequest,
    CallToolRequestParams,
    ErrorData,
    Implementation,
    JSONRPCError,
    JSONRPCMessage,
    ListToolsRequest,
    PaginatedRequestParams,
    jsonrpc_message_adapter,
)
from pydantic import TypeAdapter, ValidationError

from . import __version__
from ._protocol import MalformedAnswerError, RpcError, SessionLostError, StreamDroppedError
from ._rpc import parsed
from ._stdio import ServerProcess
from ._tap import CURRENT, Exchange, Tap
from ._text import printable, quoted
from .exceptions import SchemaValidationError

logger = logging.getLogger(__name__)

_ANY_RESULT: TypeAdapter[Any] = TypeAdapter(dict[str, Any])


@asynccontextmanager
async def open_sdk_session(
    streams: TransportStreams, on_end: Callable[[], None]
) -> AsyncIterator[SdkSession]:
    """A session over ``streams``, its handshake done; ``on_end`` is called when the server's side
    of the stream ends.

    Raises:
        RpcError: the server refuses the handshake, in every form that there is.
        SessionLostError, MalformedAnswerError: it left, or answered something else.
    """
    tap = Tap(streams, on_end)
    read, write = tap.streams
    info = Implementation(name="mcp-execution", version=__version__)
    async with ClientSession(read, write, client_info=info) as client:
        session = SdkSession(client, tap)
        await session.handshake()
        yield session


class SdkSession:
    """The SDK's session, and the answers as they were before it validated them."""

    def __init__(self, client: ClientSession, tap: Tap) -> None:
        self._client = client
        self._tap = tap

    @property
    def description(self) -> str:
        info = self._client.server_info
        server = f"{info.name} {info.version}" if info is not None else "a server"
        return printable(f"{server}, protocol {self._client.protocol_version}", 200)

    async def handshake(self) -> None:
        """``initialize`` first, which servers of every era answer, and ``server/discover``
        (2026-07-28) where a server refuses it."""
        exchange = Exchange("initialize")
        CURRENT.set(exchange)
        try:
            await self._initialize(exchange)
        except MCPError as error:
            _raise_ours(error, exchange)
        except (ValidationError, RuntimeError) as error:  # RuntimeError: no common version
            raise MalformedAnswerError(str(error)) from error
        finally:
            CURRENT.set(None)

    async def _initialize(self, exchange: Exchange) -> None:
        try:
            await self._client.initialize()
        except MCPError as refusal:
            failure = exchange.http_failure
            if not exchange.answered or (failure and failure.refuses_client):
                raise
            logger.debug("initialize was refused (%s); trying server/discover", quoted(refusal))
            try:
                await self._client.discover()
            except MCPError:
                exchange.http_failure = failure  # the first refusal is the one to tell
                raise refusal from None

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        params = CallToolRequestParams(name=name, arguments=arguments)
        return await self._request(Exchange("tools/call"), CallToolRequest(params=params))

    async def list_page(self, cursor: str | None) -> dict[str, Any]:
        params = PaginatedRequestParams(cursor=cursor) if cursor is not None else None
        return await self._request(Exchange("tools/list"), ListToolsRequest(params=params))

    async def _request(
        self, exchange: Exchange, request: CallToolRequest | ListToolsRequest
    ) -> dict[str, Any]:
        CURRENT.set(exchange)  # for this task and those that the transport starts on its behalf
        answer: dict[str, Any] = {}
        try:
            answer = await self._client.send_request(request, _ANY_RESULT)
        except MCPError as error:
            _raise_ours(error, exchange)
        except ValidationError as error:
            if exchange.result is None:
                raise MalformedAnswerError(str(error)) from error
            # The SDK objects to the stand-in; the answer itself is here.
        except ValueError as error:  # of its serializer, which has a limit of depth
            raise SchemaValidationError(
                f"the params of {request.method} cannot be sent, and nothing was sent: {error}"
            ) from error
        finally:
            self._tap.forget(exchange)
        return exchange.result if exchange.result is not None else answer


def _raise_ours(error: MCPError, exchange: Exchange) -> NoReturn:
    """The error of `_protocol` for one of the SDK's."""
    failure = exchange.http_failure
    if failure is not None and not failure.is_answer:
        raise RpcError(error.code, error.message, failure) from error
    if error.code == CONNECTION_CLOSED:
        if not exchange.answered:
            raise SessionLostError from error
        if error.message.startswith("SSE stream"):  # the SDK's own words for a dropped response
            raise StreamDroppedError(error.message) from error
    if error.code == PARSE_ERROR and error.message.startswith("Failed to parse "):  # again its own
        raise MalformedAnswerError(error.message) from error
    raise RpcError(error.code, error.message) from error


def stdio_streams(process: ServerProcess) -> TransportStreams:
    """The lines of ``process`` as the message streams that the SDK's session takes."""
    return _Incoming(process), _Outgoing(process)


class _Stream:
    """One direction of a process's lines; the process itself is ended by its owner."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process

    async def aclose(self) -> None:
        """Nothing to close: see `ServerProcess.stop`."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


class _Incoming(_Stream):
    async def receive(self) -> SessionMessage | Exception:
        while (line := await self._process.read_line()) is not None:
            if (data := parsed(line)) is not None and (message := _message(data)) is not None:
                return SessionMessage(message)
        raise anyio.EndOfStream

    def __aiter__(self) -> _Incoming:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> _Incoming:
        return self


def _message(data: dict[str, Any]) -> JSONRPCMessage | None:
    """``data`` as the SDK's message; an answer that cannot be one as an error, for its caller need
    not wait for the timeout; None for anything else."""
    try:
        return jsonrpc_message_adapter.validate_python(data, by_name=False)
    except ValidationError:
        logger.warning("a message of no known shape: %s", quoted(data))
    request_id = data.get("id")
    if "method" in data or not isinstance(request_id, int | str):
        return None
    error = ErrorData(code=INTERNAL_ERROR, message="the answer is of the wrong shape")
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=error)


class _Outgoing(_Stream):
    async def send(self, item: SessionMessage, /) -> None:
        data = item.message.model_dump(by_alias=True, exclude_unset=True)
        line = json.dumps(data, separators=(",", ":"), allow_nan=False)
        try:
            await self._process.write_line(line.encode())
        except OSError as error:
            raise anyio.BrokenResourceError from error

    async def __aenter__(self) -> _Outgoing:
        return self
