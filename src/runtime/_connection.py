"""One connection to one server: what a connection is, and the kind that lives in this process."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._exchange import Exchange, HttpFailure
from ._resolve import HttpTarget, StdioTarget
from ._stdio import ServerProcess
from ._text import printable, quoted, redacted
from ._tools import Listing, Tool, output_mismatch
from .exceptions import McpExecutionError, ServerConnectionError, ToolExecutionError

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams
    from mcp.shared.exceptions import MCPError

    from ._session import Session

logger = logging.getLogger(__name__)

_CLOSE_TIMEOUT = 5.0
"""Seconds after which the end of a connection is no longer waited for."""

_CONNECTION_CLOSED = -32000
"""The SDK's own code (`mcp_types.CONNECTION_CLOSED`); servers may use it for something else."""


class Answer(NamedTuple):
    """What came back for a ``tools/call``."""

    result: dict[str, Any]
    """The ``CallToolResult`` as it came over the wire."""
    mismatch: str | None
    """Why the structured content does not fit the tool's output schema; None when it does."""


class Connection(Protocol):
    """What the manager needs of a server, wherever the server is held."""

    @property
    def alive(self) -> bool:
        """Whether a call can still be made; once False it stays so."""

    async def list_tools(self, timeout: float) -> list[Tool]:
        """Every tool of the server, all pages, the malformed left out with a warning.

        Raises:
            ServerConnectionError: no answer within ``timeout`` seconds, or the server was lost.
        """

    async def call_tool(self, tool: Tool, arguments: dict[str, Any], timeout: float) -> Answer:
        """Calls ``tool`` once. Cancelling the caller cancels the request, and nothing else.

        Raises:
            ToolExecutionError: the server refused the call with a protocol error.
            ServerConnectionError: no answer within ``timeout`` seconds, or the server was lost.
        """

    async def close(self) -> None:
        """Ends the connection and the server with it; bounded, and harmless the second time."""

    def shown(self, text: str) -> str:
        """The server's words made safe to show, without the secrets that it was given."""


class LocalConnection:
    """A connection in this process, on the I/O loop.

    One task, the owner, enters and leaves the SDK's session, which must happen in one task.
    """

    def __init__(self, target: StdioTarget | HttpTarget) -> None:
        self._target = target
        self._label = f"server {quoted(target.name)}"
        self._process: ServerProcess | None = None
        self._session: Session | None = None
        self._handshake: Exchange | None = None
        self._over = asyncio.Event()
        self._failure: BaseException | None = None
        self._owner: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, target: StdioTarget | HttpTarget) -> LocalConnection:
        """Starts or reaches the server and completes the handshake.

        Raises:
            ConfigurationError: the command cannot be run.
            ServerConnectionError: the server left, refused, or did not answer in time.
        """
        connection = cls(target)
        ready = asyncio.Event()
        connection._owner = asyncio.create_task(connection._own(ready))
        try:
            await ready.wait()
        except asyncio.CancelledError:
            await connection.close()
            raise
        if connection._session is None:
            raise connection._connect_error()
        return connection

    @property
    def alive(self) -> bool:
        return self._session is not None and not self._over.is_set()

    async def close(self) -> None:
        self._over.set()
        if self._owner is not None:
            if self._session is None:
                self._owner.cancel()  # still connecting
            _, pending = await asyncio.wait([self._owner], timeout=_CLOSE_TIMEOUT)
            for owner in pending:
                logger.warning("%s does not let go; left behind", self._label)
                owner.cancel()

    # The owner's task.

    async def _own(self, ready: asyncio.Event) -> None:
        """Holds the connection from its opening until it is closed or lost."""
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._target.connect_timeout):
                    session = await self._connect(stack)
                self._session = session
                ready.set()
                await self._over.wait()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - kept, and told later
            self._failure = error
        finally:
            self._over.set()
            ready.set()
            logger.info("%s: connection ended", self._label)

    async def _connect(self, stack: AsyncExitStack) -> Session:
        started = time.perf_counter()
        if isinstance(self._target, StdioTarget):
            self._process = await stack.enter_async_context(_running(self._target))
        sdk = await _imported("runtime._session")
        self._handshake = Exchange("initialize")
        streams = await self._open_streams(stack, sdk)
        opening = sdk.open_session(streams, self._handshake, self._over.set)
        session: Session = await stack.enter_async_context(opening)
        seconds = time.perf_counter() - started
        logger.info("%s: connected to %s in %.2f s", self._label, session.description, seconds)
        return session

    async def _open_streams(self, stack: AsyncExitStack, sdk: ModuleType) -> TransportStreams:
        streams: TransportStreams
        if isinstance(self._target, StdioTarget):
            streams = sdk.stdio_streams(self._process)
        else:
            http = await _imported("runtime._http")
            streams = await stack.enter_async_context(
                http.http_streams(self._target, self._over.set)
            )
        return streams

    # Requests.

    async def list_tools(self, timeout: float) -> list[Tool]:
        listing = Listing(self._label)
        async with self._deadline("tools/list", timeout):
            while listing.more:
                exchange = Exchange("tools/list")
                async with self._telling(exchange):
                    listing.add(await self._live().list_page(exchange, listing.cursor))
        return listing.tools

    async def call_tool(self, tool: Tool, arguments: dict[str, Any], timeout: float) -> Answer:
        name = tool["name"]
        exchange = Exchange("tools/call")
        async with self._deadline(f"tool {quoted(name)}", timeout), self._telling(exchange):
            result = await self._live().call_tool(exchange, name, arguments)
        return Answer(result, output_mismatch(tool, result))

    def _live(self) -> Session:
        if self._session is None or self._over.is_set():
            raise ServerConnectionError(f"{self._label} is not connected; call again to reconnect")
        return self._session

    @asynccontextmanager
    async def _deadline(self, what: str, timeout: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout):
                yield
        except TimeoutError:
            raise ServerConnectionError(
                f"{self._label}: {what} did not answer within {timeout:g} s, and was cancelled; "
                f'to wait longer set the server\'s "timeout" in the config'
            ) from None

    @asynccontextmanager
    async def _telling(self, exchange: Exchange) -> AsyncIterator[None]:
        """Turns what the SDK raises into our errors, with all that is known of the reason."""
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        try:
            yield
        except MCPError as error:
            if error.code == _CONNECTION_CLOSED and not exchange.answered:
                raise await self._lost_error() from error
            raise self._refusal(exchange, error) from error
        except ValidationError as error:
            raise ServerConnectionError(
                f"{self._label} answered {exchange.method} with a result of the wrong shape"
            ) from error

    # What went wrong, in words.

    async def _lost_error(self) -> ServerConnectionError:
        if self._owner is not None:
            await asyncio.wait([self._owner], timeout=_CLOSE_TIMEOUT)
        return ServerConnectionError(
            f"{self._label} was lost during the call, which may have had its effect: "
            f"{self._end_reason()}"
        )

    def _refusal(self, exchange: Exchange, error: MCPError) -> McpExecutionError:
        failure = exchange.http_failure
        if failure is not None and (failure.refuses_client or not failure.is_json_rpc):
            return ServerConnectionError(f"{self._label}: {self._http_reason(failure, error)}")
        message = f"{self._label}: {self.shown(error.message)}"
        if error.code == _CONNECTION_CLOSED and isinstance(self._target, HttpTarget):
            return ServerConnectionError(f"{message}; the call may have had its effect")
        return ToolExecutionError(f"{message} (code {error.code})", code=error.code)

    def _connect_error(self) -> McpExecutionError:
        error = _root_cause(self._failure)
        if isinstance(error, McpExecutionError):
            return error
        result = ServerConnectionError(f"cannot connect to {self._label}: {self._end_reason()}")
        result.__cause__ = self._failure
        return result

    def _end_reason(self) -> str:
        """Why the connection ended or never came to be; the owner has finished."""
        error = _root_cause(self._failure)
        failure = self._handshake.http_failure if self._handshake is not None else None
        stderr = self._process.stderr_tail() if self._process is not None else ""
        if failure is not None and self._session is None:
            return self._http_reason(failure, error)
        if isinstance(error, TimeoutError) and self._session is None:
            seconds = f"{self._target.connect_timeout:g} s"
            return f'no answer to initialize within {seconds} ("connectTimeout"){stderr}'
        if self._process is not None and self._process.ended_by_itself:
            return self._process.end_reason() + stderr
        if error is None or isinstance(error, asyncio.CancelledError):
            return f"the connection was closed{stderr}"
        return f"{type(error).__name__}: {self.shown(str(error))}{stderr}"

    def _http_reason(self, failure: HttpFailure, error: BaseException | None) -> str:
        reason = f"HTTP {failure.status} {failure.reason}"
        said = self.shown(str(error) if failure.is_json_rpc else failure.body).strip()
        if failure.status in (401, 403):
            said = f'{said}; check the server\'s "headers" in the config'.removeprefix("; ")
        elif failure.status == 404 and self._session is not None:
            said = "the session has ended; the next call starts a new one"
        return f"{reason}: {said}" if said else reason

    def shown(self, text: str) -> str:
        return printable(redacted(text, self._target.secrets))


@asynccontextmanager
async def _running(target: StdioTarget) -> AsyncIterator[ServerProcess]:
    process = await ServerProcess.start(target)
    try:
        yield process
    finally:
        await process.stop()


_imports_done: set[str] = set()


async def _imported(module: str) -> ModuleType:
    """A module that brings the SDK, imported on a thread: other servers are started meanwhile."""
    if module not in _imports_done:
        await asyncio.to_thread(importlib.import_module, module)
        _imports_done.add(module)
    return sys.modules[module]


def _root_cause(error: BaseException | None) -> BaseException | None:
    """The exception that a task group was ended by, out of the groups around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
