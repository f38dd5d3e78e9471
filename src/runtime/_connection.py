"""One connection to one server: what a connection is, and the kind that lives in this process."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from ._protocol import (
    HttpFailure,
    MalformedAnswerError,
    RpcError,
    Session,
    SessionLostError,
    StreamDroppedError,
)
from ._resolve import HttpTarget, StdioTarget
from ._stdio import ServerProcess
from ._stdio_session import open_stdio_session
from ._text import printable, quoted, redacted
from ._tools import Listing, Tool, output_mismatch
from .exceptions import McpExecutionError, ServerConnectionError, ToolExecutionError

logger = logging.getLogger(__name__)

_CLOSE_TIMEOUT = 5.0
"""Seconds after which the end of a connection is no longer waited for."""
_LAST_WORDS = 0.5
"""Seconds in which a server that no longer reads may still answer what it has read."""


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

    @property
    def pid(self) -> int | None:
        """The id of the server's process, where this package started one."""

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
        self._over = asyncio.Event()
        self._under_way = 0
        self._doubtful = False
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

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

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
            session = await self._connect_stdio(self._target, stack)
        else:
            session = await self._connect_http(self._target, stack)
        seconds = time.perf_counter() - started
        logger.info("%s: connected to %s in %.2f s", self._label, session.description, seconds)
        return session

    async def _connect_stdio(self, target: StdioTarget, stack: AsyncExitStack) -> Session:
        self._process = process = await stack.enter_async_context(_running(target))
        try:
            return await stack.enter_async_context(open_stdio_session(process, self._over.set))
        except RpcError as refusal:
            logger.debug("%s refused initialize (%s)", self._label, quoted(refusal))
        self._over.clear()  # the first session is over, the process is not
        sdk = await _imported("runtime._sdk_session")
        streams = sdk.stdio_streams(process)
        opening = sdk.open_sdk_session(streams, self._over.set)
        session: Session = await stack.enter_async_context(opening)
        return session

    async def _connect_http(self, target: HttpTarget, stack: AsyncExitStack) -> Session:
        sdk = await _imported("runtime._sdk_session")
        http = await _imported("runtime._http")
        streams = await stack.enter_async_context(http.http_streams(target, self._over.set))
        opening = sdk.open_sdk_session(streams, self._over.set)
        session: Session = await stack.enter_async_context(opening)
        return session

    # Requests.

    async def list_tools(self, timeout: float) -> list[Tool]:
        listing = Listing(self._label)
        async with self._telling("tools/list", timeout):
            while listing.more:
                listing.add(await self._live().list_page(listing.cursor))
        return listing.tools

    async def call_tool(self, tool: Tool, arguments: dict[str, Any], timeout: float) -> Answer:
        name = tool["name"]
        async with self._telling(f"tool {quoted(name)}", timeout):
            result = await self._live().call_tool(name, arguments)
        return Answer(result, output_mismatch(tool, result))

    def _live(self) -> Session:
        if self._session is None or self._over.is_set():
            raise ServerConnectionError(f"{self._label} is not connected; call again to reconnect")
        return self._session

    @asynccontextmanager
    async def _telling(self, what: str, timeout: float) -> AsyncIterator[None]:
        """Limits a request to ``timeout`` seconds, and tells its failure with all that is known."""
        self._under_way += 1
        try:
            async with asyncio.timeout(timeout):
                yield
        except TimeoutError:
            raise ServerConnectionError(
                f"{self._label}: {what} did not answer within {timeout:g} s, and was cancelled; "
                f'to wait longer set the server\'s "timeout" in the config'
            ) from None
        except RpcError as error:
            raise self._refusal(error) from error
        except SessionLostError as error:
            raise await self._lost_error() from error
        except StreamDroppedError as error:
            # Whether the server is still there shows only in a new session; the calls that have
            # streams of their own may finish before that.
            self._doubtful = True
            raise ServerConnectionError(
                f"{self._label}: {self.shown(str(error))}; the call may have had its effect"
            ) from error
        except MalformedAnswerError as error:
            raise ServerConnectionError(
                f"{self._label}: {what} got an answer of the wrong shape: {self.shown(str(error))}"
            ) from error
        finally:
            self._under_way -= 1
            if self._doubtful and not self._under_way:
                self._over.set()

    # What went wrong, in words.

    async def _lost_error(self) -> ServerConnectionError:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), _LAST_WORDS)
        await self.close()
        return ServerConnectionError(
            f"{self._label} was lost during the call, which may have had its effect: "
            f"{self._end_reason()}"
        )

    def _refusal(self, error: RpcError) -> McpExecutionError:
        failure = error.http_failure
        if failure is not None:
            if failure.status == 404:
                self._over.set()
            return ServerConnectionError(f"{self._label}: {self._http_reason(failure)}")
        message = f"{self._label}: {self.shown(error.message)} (code {error.code})"
        return ToolExecutionError(message, code=error.code)

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
        stderr = self._process.stderr_tail() if self._process is not None else ""
        if isinstance(error, RpcError) and error.http_failure is not None:
            return self._http_reason(error.http_failure)
        if isinstance(error, RpcError):
            return f"it refused initialize: {self.shown(error.message)} (code {error.code}){stderr}"
        if isinstance(error, TimeoutError) and self._session is None:
            seconds = f"{self._target.connect_timeout:g} s"
            return f'no answer to initialize within {seconds} ("connectTimeout"){stderr}'
        if self._process is not None and self._process.ended_by_itself:
            return self._process.end_reason() + stderr
        if error is None or isinstance(error, asyncio.CancelledError | SessionLostError):
            return f"the connection was closed{stderr}"
        return f"{type(error).__name__}: {self.shown(str(error))}{stderr}"

    def _http_reason(self, failure: HttpFailure) -> str:
        reason = f"HTTP {failure.status} {failure.reason}"
        said = self.shown(failure.words)
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
        await asyncio.shield(process.stop())  # to its end, whatever happens to the owner


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
