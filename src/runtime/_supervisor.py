"""The parent of one stdio server on Linux: no process of that server outlives the client.

Run as a script, with nothing of this package imported, so that it starts in some 15 ms::

    python -I -S _supervisor.py CLIENT_PID GRACE_SECONDS COMMAND [ARGS...]

It is a sub-reaper (``PR_SET_CHILD_SUBREAPER``): a process that the server leaves behind, even one
in a session of its own, becomes its child. It ends them all, by SIGTERM and after the grace by
SIGKILL, when the server leaves, when it is told to (SIGTERM), or when the client is gone, however
that came about (``PR_SET_PDEATHSIG``). It passes on the server's exit status as its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CANNOT_RUN = 127
"""Exit status when the command cannot be executed, as shells have it."""
_KILL_INTERVAL = 0.02
_AWAITED = {signal.SIGCHLD, signal.SIGTERM}


def main(argv: list[str]) -> int:
    """Runs the command to its end and returns its wait status, after ending all it started."""
    client, grace, command = int(argv[0]), float(argv[1]), argv[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != client:
        return CANNOT_RUN << 8  # the client left before its end could be noticed
    server = os.fork()
    if server == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _execute(command)
    _release_standard_streams()
    status = _wait_for_end(server)
    return _end_everything(server, status, grace)


def _execute(command: list[str]) -> None:
    """Becomes the server: default signals, the environment and streams as they are."""
    try:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"cannot run {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(CANNOT_RUN)


def _release_standard_streams() -> None:
    """Leaves the server's pipes to the server, so that both ends see each other's end-of-file."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _wait_for_end(server: int) -> int | None:
    """The server's wait status, or None when it must be ended: told so, or the client is gone."""
    while signal.sigwait(_AWAITED) != signal.SIGTERM:
        status, _ = _reap(server)
        if status is not None:
            return status
    return None


def _reap(server: int) -> tuple[int | None, bool]:
    """Collects all children that ended: the server's wait status if it did, and if any are left."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found, False
        if pid == 0:
            return found, True
        if pid == server:
            found = status


def _end_everything(server: int, status: int | None, grace: float) -> int:
    """Ends every descendant, and returns the server's wait status."""
    number, deadline = signal.SIGTERM, time.monotonic() + grace
    while True:
        found, any_left = _reap(server)
        status = found if found is not None else status
        if not any_left:
            return status if status is not None else 0
        for pid in descendants(os.getpid()):
            _signal(pid, number)
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, deadline - time.monotonic()))
        if time.monotonic() >= deadline:
            number, deadline = signal.SIGKILL, time.monotonic() + _KILL_INTERVAL


def _signal(pid: int, number: int) -> None:
    # It may have ended, or become another user's by setuid.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def descendants(ancestor: int) -> Iterator[int]:
    """Every process below ``ancestor``, as /proc has it now."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (parent := _parent_of(entry)) is not None:
            children.setdefault(parent, []).append(int(entry))
    pending = [ancestor]
    while pending:
        below = children.get(pending.pop(), [])
        yield from below
        pending.extend(below)


def _parent_of(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # The name, in parentheses, may hold anything: the parent is the second field after it.
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return None


def _leave_with(status: int) -> None:
    """Ends this process the way the server ended: by the same signal or the same code."""
    if os.WIFSIGNALED(status):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _leave_with(main(sys.argv[1:]))
