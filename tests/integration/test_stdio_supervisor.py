"""The supervisor of a stdio server, run by hand: it ends as the server does, and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime import _supervisor
from tests.processes import MARKER, PATIENCE, kill, marked, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@contextmanager
def supervised(
    *command: str, client: int | None = None, grace: float = 0.2
) -> Iterator[subprocess.Popen[str]]:
    """The supervisor of ``command``; all that it started is found by this test's own marker."""
    marker = f"supervised-{os.getpid()}"
    arguments = [str(client or os.getpid()), str(grace), *command]
    with subprocess.Popen(
        [sys.executable, "-m", "runtime._supervisor", *arguments],
        env={**os.environ, MARKER: marker},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            left = marked(marker)
            kill(left)
    assert left == []


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("kill -SEGV $$", -signal.SIGSEGV),
        ("kill -KILL $$", -signal.SIGKILL),
        ("kill -INT $$", -signal.SIGINT),
        ("kill -HUP $$", -signal.SIGHUP),
        ("kill -TERM $$", -signal.SIGTERM),
    ],
)
def test_it_ends_the_way_the_server_ended(script: str, code: int) -> None:
    with supervised("sh", "-c", script) as process:
        assert ended(process)[0] == code


def test_a_command_that_cannot_be_run_is_told_on_stderr() -> None:
    with supervised("/no/such/command") as process:
        code, out, err = ended(process)
    assert (code, out) == (127, "")
    assert err == "cannot run /no/such/command: No such file or directory\n"


def test_nothing_is_started_for_a_client_that_has_gone() -> None:
    with supervised("sh", "-c", "echo started", client=1) as process:
        assert ended(process) == (127, "", "")


def test_the_server_s_streams_are_its_own() -> None:
    with supervised("cat") as process:
        assert process.communicate("line\n", timeout=PATIENCE) == ("line\n", "")
    assert process.returncode == 0


def test_the_end_of_the_server_s_output_is_seen_while_it_goes_on() -> None:
    with supervised("sh", "-c", "exec >&- 2>&-; read line; exit 0") as process:
        assert process.stdout is not None
        assert process.stdout.read() == ""
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_a_server_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    script = "trap '' TERM INT HUP; echo ready; while :; do sleep 600; done"
    with supervised("sh", "-c", script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
        assert process.wait(PATIENCE) == -signal.SIGKILL


def test_a_server_that_heeds_sigterm_ends_by_it() -> None:
    with supervised("sh", "-c", "echo ready; exec sleep 600", grace=PATIENCE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(PATIENCE) == -signal.SIGTERM


def test_what_the_server_leaves_behind_is_ended_before_the_supervisor_ends() -> None:
    script = "(trap '' TERM; setsid sleep 600 >/dev/null 2>&1 &) ; sleep 600 & echo $!; exit 3"
    with supervised("sh", "-c", script) as process:
        code, out, _ = ended(process)
    assert code == 3
    assert not os.path.exists(f"/proc/{out.strip()}")


def test_a_client_that_is_gone_ends_the_server() -> None:
    # A shell in between is the client; when it is killed, the server must go.
    marker = f"client-{os.getpid()}"
    program = (
        "import os, subprocess, sys\n"
        "command = [sys.executable, '-m', 'runtime._supervisor', str(os.getpid()), '0.2']\n"
        "env = {**os.environ, sys.argv[1]: sys.argv[2]}\n"
        "subprocess.Popen([*command, 'sleep', '600'], env=env).wait()\n"
    )
    arguments = [sys.executable, "-c", program, MARKER, marker]
    with subprocess.Popen(arguments) as client:
        try:
            wait_until(lambda: len(marked(marker)) == 2, "supervisor and server run")
            client.kill()
            wait_until(lambda: not marked(marker), "both are gone")
        finally:
            client.kill()
            kill(marked(marker))


def test_descendants_are_children_and_their_children() -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE, encoding="utf-8"
    ) as shell:
        assert shell.stdout is not None
        grandchild = int(shell.stdout.readline())
        try:
            assert {shell.pid, grandchild} <= set(_supervisor.descendants(os.getpid()))
            assert list(_supervisor.descendants(shell.pid)) == [grandchild]
        finally:
            kill([grandchild, shell.pid])
    assert list(_supervisor.descendants(shell.pid)) == []
