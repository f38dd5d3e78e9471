"""The script's side: finds the host that holds its connections, or starts it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from .._protocol import RpcError, SessionLostError
from .._rpc import RpcPeer
from ..exceptions import McpExecutionError, ServerConnectionError
from .address import HostAddress
from .wire import FAILED_CALL, LEAVING, SocketLines, error_from

logger = logging.getLogger(__name__)

START_TIMEOUT = 30.0
"""Seconds that a host may take to come up."""
ANSWER_TIMEOUT = 10.0
"""Seconds within which a host that is well answers a ping."""
_PING_AFTER = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1
_LOG_SHOWN = 2_000


class HostClient:
    """A connection to a host. Belongs to the loop that it was made on."""

    def __init__(self, lines: SocketLines) -> None:
        self._lines = lines
        self._peer = RpcPeer(lines, self._notified)
        self._reader = asyncio.create_task(self._peer.read())
        self._watcher = asyncio.create_task(self._watch())
        self._leaving = False
        self._pid = 0

    @classmethod
    async def connect(
        cls, address: HostAddress, keep_alive: float | None = None
    ) -> HostClient | None:
        """A connection to the host at ``address``; None if there is none.

        ``keep_alive`` says how many idle seconds it should live on from now.

        Raises:
            ServerConnectionError: whatever listens there is another user's, or does not answer.
        """
        loop = asyncio.get_running_loop()
        try:
            _, lines = await loop.create_unix_connection(SocketLines, str(address.socket))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        client = cls(lines)
        try:
            await client._greet(keep_alive)
        except SessionLostError:
            client.close()
            return None  # it was just leaving
        except BaseException:
            client.close()
            raise
        return client

    async def _greet(self, keep_alive: float | None) -> None:
        if self._lines.peer_uid() != os.getuid():
            raise ServerConnectionError("the host's socket belongs to another user's process")
        async with self._answering():
            hello = await self._peer.request("hello", {"keepAlive": keep_alive})
        self._pid = hello["pid"]
        logger.info("using the connections of host %d", self._pid)

    @property
    def alive(self) -> bool:
        """Whether a request can still be made; once False it stays so."""
        return not self._leaving and not self._reader.done()

    async def request(self, method: str, **params: Any) -> Any:
        """The answer of the host to one request. Cancelling it cancels the request there.

        Raises:
            McpExecutionError: what the same request would have raised in this process.
            ServerConnectionError: the host was lost, or does not answer any more.
        """
        try:
            return (await self._peer.request(method, params))["value"]
        except RpcError as error:
            if error.code == FAILED_CALL:
                raise error_from(error.data) from None
            raise McpExecutionError(f"host {self._pid}: {error.message}") from error
        except SessionLostError:
            raise ServerConnectionError(
                f"host {self._pid}, which held the connections, was lost during the call, which "
                f"may have had its effect; the next call starts a new host"
            ) from None
        finally:
            self._close_if_leaving()

    async def _watch(self) -> None:
        """Makes sure that a host which lets a request wait for long is at work."""
        while True:
            await asyncio.sleep(_PING_AFTER)
            if self._peer.is_waiting:
                with contextlib.suppress(ServerConnectionError, SessionLostError):
                    async with self._answering():
                        await self._peer.request("ping", {})

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """For a request that a host which is well answers at once."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                yield
        except TimeoutError:
            self.close()
            raise ServerConnectionError(
                f"the host {self._pid or ''} does not answer; end it with `mcp-host stop`, or by "
                f"its process id, and run again"
            ) from None

    def _notified(self, method: str) -> None:
        if method == LEAVING:
            self._leaving = True
            self._close_if_leaving()

    def _close_if_leaving(self) -> None:
        if self._leaving and not self._peer.is_waiting:
            self.close()

    def close(self) -> None:
        """Leaves the host, which goes on; requests under way are cancelled there."""
        self._lines.close()
        self._reader.cancel()
        self._watcher.cancel()


async def start_host(address: HostAddress, config_path: Path, keep_alive: float) -> HostClient:
    """A connection to the host at ``address``, which is started unless another script just did.

    Raises:
        ServerConnectionError: it does not come up; the message has the end of its log.
    """
    host = _spawn(address, config_path, keep_alive)
    pause = _FIRST_PAUSE
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while (client := await HostClient.connect(address, keep_alive)) is None:
                if _has_failed(host):
                    raise ServerConnectionError(f"the host did not start: {_log_end(address)}")
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
    except TimeoutError:
        raise ServerConnectionError(
            f"the host did not start within {START_TIMEOUT:g} s: {_log_end(address)}"
        ) from None
    return client


def _spawn(address: HostAddress, config_path: Path, keep_alive: float) -> int:
    """Starts a host that belongs to no terminal and to no script, and returns its process id;
    secrets reach it by its environment alone."""
    arguments = [str(config_path), address.key, f"{keep_alive:g}"]
    log = (str(address.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", __package__, *arguments],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, *log),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _has_failed(host: int) -> bool:
    """Whether the process has ended otherwise than by leaving the place to another host."""
    try:
        ended, status = os.waitpid(host, os.WNOHANG)
    except ChildProcessError:  # the script ignores SIGCHLD, or has collected it already
        return False
    return ended == host and status != 0


def _log_end(address: HostAddress) -> str:
    try:
        return address.log.read_text(errors="replace")[-_LOG_SHOWN:].strip() or "it said nothing"
    except OSError:
        return "it left no log"
