"""The SDK's session over one of our transports. Imported on the first connect, with the SDK."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import anyio
from mcp.client._transport import TransportStreams
from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types import (
    CONNECTION_CLOSED,
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
from ._exchange import CURRENT, Exchange
from ._stdio import ServerProcess
from ._tap import Tap
from ._text import printable, quoted

__all__ = ["Session", "open_session"]

logger = logging.getLogger(__name__)

_MALFORMED_ANSWER = -32603
_ANY_RESULT: TypeAdapter[Any] = TypeAdapter(dict[str, Any])


class Session:
    """A session after its handshake: requests go out, results come back as on the wire."""

    def __init__(self, client: ClientSession, tap: Tap) -> None:
        self._client = client
        self._tap = tap

    @property
    def description(self) -> str:
        """The server's name and version and the protocol version, for the log."""
        info = self._client.server_info
        server = f"{info.name} {info.version}" if info is not None else "an unnamed server"
        return f"{printable(server, 200)}, protocol {self._client.protocol_version}"

    async def call_tool(
        self, exchange: Exchange, name: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """The ``CallToolResult`` of one ``tools/call``, in its wire form.

        Raises:
            mcp.MCPError: the server answered with a JSON-RPC error, or the connection closed.
        """
        params = CallToolRequestParams(name=name, arguments=arguments)
        return await self._request(exchange, CallToolRequest(params=params))

    async def list_page(self, exchange: Exchange, cursor: str | None) -> dict[str, Any]:
        """One page of ``tools/list``, in its wire form."""
        params = PaginatedRequestParams(cursor=cursor) if cursor is not None else None
        return await self._request(exchange, ListToolsRequest(params=params))

    async def _request(
        self, exchange: Exchange, request: CallToolRequest | ListToolsRequest
    ) -> dict[str, Any]:
        CURRENT.set(exchange)  # for this task and those that the transport starts on its behalf
        try:
            answer = await self._client.send_request(request, _ANY_RESULT)
        except ValidationError:
            if exchange.result is None:
                raise
            # The SDK objects to the stand-in; the answer itself is here.
            answer = {}
        finally:
            self._tap.forget(exchange)
        return exchange.result if exchange.result is not None else dict(answer)

    async def handshake(self, exchange: Exchange) -> None:
        """Agrees on a protocol version: ``initialize`` first, which servers of every era answer,
        and ``server/discover`` (2026-07-28) where a server refuses it."""
        CURRENT.set(exchange)
        try:
            await self._client.initialize()
        except MCPError as refusal:
            failure = exchange.http_failure
            if refusal.code == CONNECTION_CLOSED or (failure and failure.refuses_client):
                raise
            logger.debug("initialize was refused (%s); trying server/discover", refusal)
            try:
                await self._client.discover()
            except MCPError:
                raise refusal from None
        finally:
            CURRENT.set(None)


@asynccontextmanager
async def open_session(
    streams: TransportStreams, exchange: Exchange, on_end: Callable[[], None]
) -> AsyncIterator[Session]:
    """A session over ``streams``, its handshake done; ``on_end`` is called when the server's side
    of the stream ends."""
    tap = Tap(streams, on_end)
    read, write = tap.streams
    info = Implementation(name="mcp-execution", version=__version__)
    async with ClientSession(read, write, client_info=info) as client:
        session = Session(client, tap)
        await session.handshake(exchange)
        yield session


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
            if (message := _parse(line)) is not None:
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


def _parse(line: bytes) -> JSONRPCMessage | None:
    """The message on one line of stdout; None, and a log entry, for anything else."""
    if not line.strip():
        return None
    text = line.decode("utf-8", "replace")
    try:
        return jsonrpc_message_adapter.validate_json(text, by_name=False)
    except ValueError:
        return _parse_leniently(text)


def _parse_leniently(text: str) -> JSONRPCMessage | None:
    """What the SDK's parser refuses and can still be understood.

    Lone surrogates and deep nesting are read; an answer of the wrong shape becomes an error answer,
    so that its caller need not wait for the timeout.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        logger.debug("not a message: %s", quoted(text))
        return None
    try:
        return jsonrpc_message_adapter.validate_python(data, by_name=False)
    except ValidationError:
        logger.warning("a message of no known shape: %s", quoted(text))
    request_id = data.get("id") if isinstance(data, dict) and "method" not in data else None
    if not isinstance(request_id, int | str):
        return None
    error = ErrorData(code=_MALFORMED_ANSWER, message="the server's answer is malformed")
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
