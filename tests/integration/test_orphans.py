"""However ``mcp-exec`` ends, no server and nothing that a server started lives on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import is_alive, wait_until
from tests.project import Project

STUBBORN = ("ignore_eof", "ignore_term", "child", "daemon")
CALLED = "from runtime.mcp_client import call_mcp_tool_sync as call\ncall('adversary__echo')\n"
WAITING = CALLED + "print('ready', flush=True)\nimport time\ntime.sleep(600)\n"


@pytest.fixture
def stubborn(project: Project) -> Iterator[Project]:
    """A project whose server stays on end-of-file and SIGTERM, and so do its child and a daemon.

    After the test, which must have started them, none of the three may be left.
    """
    project.add_adversary(*STUBBORN)
    yield project
    started = [*project.logged("started"), *project.logged("child"), *project.logged("daemon")]
    assert started
    assert len(started) % 3 == 0
    wait_until(lambda: not any(map(is_alive, started)), "all of them have ended", patience=10)


ENDINGS = {
    "the end of the script": ("", 0),
    "sys.exit": ("import sys; sys.exit(3)", 3),
    "an error": ("1 / 0", 1),
    "os._exit": ("import os; os._exit(4)", 4),
    "a crash": ("import os; os.abort()", -signal.SIGABRT),
    "a thread's last call": (
        "import threading\nthreading.Thread(target=lambda: "
        "(threading.main_thread().join(), call('adversary__echo'))).start()",
        0,
    ),
    "another program": ("import os; os.execvp('true', ['true'])", 0),
    "a lost server": ("call('adversary__die', {'code': 7})", 1),
}


@pytest.mark.parametrize(("source", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_nothing_is_left_after(stubborn: Project, source: str, code: int) -> None:
    assert stubborn.exec("-c", CALLED + source).code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9), (signal.SIGHUP, -1)],
)
def test_nothing_is_left_after_a_signal(
    stubborn: Project, number: signal.Signals, code: int
) -> None:
    with stubborn.started("-c", WAITING) as running:
        running.wait_for_line("ready")
        running.signal(number)
        assert running.ended().code == code


def test_nothing_is_left_after_a_timeout(stubborn: Project) -> None:
    with stubborn.started("--timeout", "3", "-c", WAITING) as running:
        running.wait_for_line("ready")
        assert running.ended().code == 124


def test_nothing_is_left_when_the_process_is_killed_during_the_handshake(project: Project) -> None:
    project.add_adversary("ignore=initialize", *STUBBORN)
    with project.started("-c", CALLED) as running:
        running.wait_until(lambda: bool(project.received("initialize")))
        running.signal(signal.SIGKILL)
        running.ended()
    project.assert_no_process_left()


def test_nothing_is_left_when_the_process_is_killed_while_the_server_does_not_read(
    stubborn: Project, tmp_path: Path
) -> None:
    source = f"call('adversary__wait_for', {{'path': {str(tmp_path / 'never')!r}}})\n"
    with stubborn.started("-c", CALLED + source + WAITING.removeprefix(CALLED)) as running:
        running.wait_for_line("ready")
        running.signal(signal.SIGKILL)
        running.ended()


def test_a_stopped_server_is_ended_as_well(stubborn: Project) -> None:
    source = "import os, signal\nos.kill(int(call('adversary__pid')), signal.SIGSTOP)\n"
    assert stubborn.exec("-c", CALLED + source).code == 0


def test_the_servers_of_a_forked_child_end_with_it_and_its_parent_s_do_not(
    project: Project,
) -> None:
    project.script("""
        import os, time
        from runtime.mcp_client import call_mcp_tool_sync as call
        mine = call("adversary__pid")
        if (child := os.fork()) == 0:
            os.write(1, (call("adversary__pid") + "\\n").encode())
            os._exit(0)
        os.waitpid(child, 0)
        print(mine, call("adversary__pid"))
        """)
    ended = project.exec("script.py")
    theirs, mine, still_mine = ended.out.split()
    assert mine == still_mine != theirs


def test_a_polite_server_is_given_the_time_to_leave_by_itself(project: Project) -> None:
    assert project.exec("-c", CALLED).code == 0
    assert project.logged("end_of_file") == project.logged("started")
