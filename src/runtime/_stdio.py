"""A stdio server as a child process: lines in, lines out, and an end that leaves nothing behind.

This replaces the SDK's stdio transport (`mcp.client.stdio`, 2.3.0), which takes quadratic time for
long lines, loses the server's stderr and exit code, and dies on one undecodable byte. It imports
nothing of the SDK, so that the server is already starting while the SDK is being imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import signal
import sys
import weakref
from pathlib import Path
from typing import cast

from ._lines import LineQueue
from ._resolve import StdioTarget
from ._text import printable, quoted, redacted
from .exceptions import ConfigurationError

EOF_GRACE = 1.0
"""Seconds that a server has to leave by itself once its stdin is closed."""
TERM_GRACE = 0.7
"""Seconds that a server and all it started have between SIGTERM and SIGKILL."""
_SUPERVISOR_SLACK = 1.0
_STDERR_KEPT = 64 * 1024
_STDERR_LINES_SHOWN = 20
_STDERR_CHARACTERS_SHOWN = 4_000

_SUPERVISED = sys.platform == "linux"
_SUPERVISOR = Path(__file__).with_name("_supervisor.py")
_LAUNCHER_HINTS = {
    "npx": "install Node.js, which brings npx",
    "uvx": "install uv, which brings uvx",
    "docker": "install Docker",
}

_open_processes: weakref.WeakSet[ServerProcess] = weakref.WeakSet()


class ServerProcess(asyncio.SubprocessProtocol):
    """One running stdio server. Belongs to the loop that it was started on."""

    def __init__(self, target: StdioTarget) -> None:
        self._target = target
        self._transport: asyncio.SubprocessTransport | None = None
        self._lines = LineQueue(
            pause=lambda: self._stdout().pause_reading(),
            resume=lambda: self._stdout().resume_reading(),
        )
        self._writable = asyncio.Event()
        self._writable.set()
        self._stdin_open = True
        self._stderr = b""
        self._stopping = False
        self._ended_by_itself = False
        self._closed: str | None = None
        self._signalled = False
        self._exited = asyncio.Event()

    @classmethod
    async def start(cls, target: StdioTarget) -> ServerProcess:
        """Starts the server; it has not said anything yet.

        Raises:
            ConfigurationError: the command or its working directory does not exist.
        """
        process = cls(target)
        argv = [_find_program(target), *target.args]
        if _SUPERVISED:
            argv = [*_supervisor_command(), *argv]
        try:
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: process, *argv, env=target.env, cwd=target.cwd, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"server {quoted(target.name)}: cannot run {quoted(target.command)}: {error}"
            ) from error
        process._transport = transport
        _open_processes.add(process)
        return process

    @property
    def pid(self) -> int:
        """The id of the child process: on Linux the supervisor, whose end is that of the server."""
        return self._running().get_pid()

    # What the event loop reports.

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._stderr = (self._stderr + data)[-_STDERR_KEPT:]
        elif not self._stopping:
            self._lines.feed(data)

    def pipe_connection_lost(self, fd: int, _exc: Exception | None) -> None:
        if fd == 0:
            self._stdin_open = False
            self._writable.set()
        elif fd == 1:
            self._lines.end()

    def process_exited(self) -> None:
        self._exited.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What the connection does.

    async def read_line(self) -> bytes | None:
        """The next line of stdout without its end, or None once stdout has ended."""
        return await self._lines.read()

    async def write_line(self, line: bytes) -> None:
        """Sends ``line`` and waits while the server has too much unread; whole lines only.

        Raises:
            BrokenPipeError: the server no longer reads its stdin.
        """
        self.post_line(line)
        await self._writable.wait()

    def post_line(self, line: bytes) -> None:
        """`write_line` without the wait."""
        if not self._stdin_open or self._stopping:
            raise BrokenPipeError(errno.EPIPE, "the server has closed its stdin")
        self._stdin().write(line + b"\n")

    async def stop(self) -> None:
        """Ends the server: end-of-file, then SIGTERM, then SIGKILL, for it and all it started.

        Takes at most `EOF_GRACE` + `TERM_GRACE` + a second; what the server still writes is lost.
        """
        self._stopping = True
        if self._lines.ended:
            self._closed = "output"
        elif not self._stdin_open:
            self._closed = "input"
        self._ended_by_itself = self._closed is not None or self._exited.is_set()
        self._lines.clear()  # and read on: a server that blocks on a full pipe cannot leave
        self._stdin().close()
        if not await self._exits_within(EOF_GRACE):
            self._signal(signal.SIGTERM)
            if not await self._exits_within(TERM_GRACE + _SUPERVISOR_SLACK):
                self._signal(signal.SIGKILL)
                await self._exits_within(_SUPERVISOR_SLACK)
        if not _SUPERVISED:
            self._signal(signal.SIGKILL)  # what it left in its process group
        self._running().close()
        _open_processes.discard(self)

    @property
    def ended_by_itself(self) -> bool:
        """Whether the server left, or stopped talking, before it was told to."""
        return self._ended_by_itself

    def end_reason(self) -> str:
        """How a server that `ended_by_itself` ended, for an error message; after `stop`."""
        code = self._running().get_returncode()
        if code is None or self._signalled:
            return f"it closed its {self._closed}"
        if code < 0:
            return f"it was ended by {signal.Signals(-code).name}"
        return f"it exited with code {code}"

    def stderr_tail(self) -> str:
        """The last lines of the server's stderr as a paragraph of a message, or nothing."""
        text = redacted(self._stderr.decode("utf-8", "replace"), self._target.secrets).strip()
        if not text:
            return ""
        tail = "\n".join(text[-_STDERR_CHARACTERS_SHOWN:].splitlines()[-_STDERR_LINES_SHOWN:])
        return "; the last it wrote to stderr:\n" + printable(tail)

    async def _exits_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._exited.wait(), seconds)
        return self._exited.is_set()

    def _signal(self, number: signal.Signals) -> None:
        """Signals the group: the server's own, or the supervisor's, which ends all below it."""
        self._signalled = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _running(self) -> asyncio.SubprocessTransport:
        assert self._transport is not None, "the process was not started"
        return self._transport

    def _stdin(self) -> asyncio.WriteTransport:
        return cast(asyncio.WriteTransport, self._running().get_pipe_transport(0))

    def _stdout(self) -> asyncio.ReadTransport:
        return cast(asyncio.ReadTransport, self._running().get_pipe_transport(1))

    def give_up_pipes(self) -> None:
        """In a forked child: lets go of the parent's pipes, so that their ends are seen there.

        They are replaced, not closed: objects that still refer to the numbers do no harm.
        """
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            pipe = self._running().get_pipe_transport(stream)
            if pipe is not None and not pipe.is_closing():
                os.dup2(null, pipe.get_extra_info("pipe").fileno(), inheritable=False)
        os.close(null)


def _find_program(target: StdioTarget) -> str:
    """The path of the server's command, looked up on the server's own PATH."""
    where = f"server {quoted(target.name)}"
    if not target.cwd.is_dir():
        raise ConfigurationError(f"{where}: its working directory {target.cwd} does not exist")
    if os.sep in target.command:
        path = os.path.join(target.cwd, os.path.expanduser(target.command))
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
        raise ConfigurationError(f"{where}: {quoted(path)} is not an executable file")
    found = shutil.which(target.command, path=target.env.get("PATH", os.defpath))
    if found is None:
        hint = _LAUNCHER_HINTS.get(target.command, "install it, or give its full path")
        raise ConfigurationError(f"{where}: no command {quoted(target.command)} on PATH; {hint}")
    return os.path.abspath(found)


def _supervisor_command() -> list[str]:
    return [sys.executable, "-I", "-S", str(_SUPERVISOR), str(os.getpid()), str(TERM_GRACE)]


def _let_go_in_child() -> None:
    for process in list(_open_processes):
        process.give_up_pipes()
    _open_processes.clear()


os.register_at_fork(after_in_child=_let_go_in_child)
