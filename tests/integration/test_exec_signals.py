"""SIGINT, SIGTERM and ``--timeout`` end a script, gracefully if it lets them, in any case soon."""

from __future__ import annotations

import signal
import time
from functools import partial

import pytest

from tests.processes import PATIENCE
from tests.project import Ended, Project, Running

pytestmark = pytest.mark.usefixtures("mode")

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]

# Each prints "ready", then would go on for longer than any test waits.
CALM = {
    "a script in plain code": """
        import time
        try:
            print("ready", flush=True)
            time.sleep(600)
        finally:
            print("finally")
        """,
    "a script that awaits": """
        import asyncio
        try:
            print("ready", flush=True)
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0)
            print("finally")
        """,
    "a script that awaits a tool": """
        import asyncio
        from runtime.mcp_client import call_mcp_tool
        await call_mcp_tool("adversary__echo")
        try:
            call = asyncio.ensure_future(call_mcp_tool("adversary__hang"))
            await asyncio.sleep(0)
            print("ready", flush=True)
            await call
        finally:
            print("finally")
        """,
    "a script that waits for a tool in plain code": """
        from runtime.mcp_client import call_mcp_tool_sync
        call_mcp_tool_sync("adversary__echo")
        try:
            print("ready", flush=True)
            call_mcp_tool_sync("adversary__hang")
        finally:
            print("finally")
        """,
    "a script that blocks its event loop": """
        import asyncio, time
        async def work():
            try:
                print("ready", flush=True)
                time.sleep(600)
            finally:
                print("finally")
        asyncio.run(work())
        """,
}

STUBBORN = {
    "a script that swallows cancellation": """
        import asyncio
        from runtime.mcp_client import call_mcp_tool
        await call_mcp_tool("adversary__echo")
        print("ready", flush=True)
        while True:
            try:
                await asyncio.sleep(600)
            except BaseException:
                pass
        """,
    "a script that swallows interrupts": """
        import time
        words = ["ready"]
        while True:
            try:
                while words:
                    print(words.pop(), flush=True)
                time.sleep(600)
            except KeyboardInterrupt:
                pass
        """,
    "a script whose finally does not end": """
        import time
        try:
            print("ready", flush=True)
            time.sleep(600)
        finally:
            while True:
                try:
                    time.sleep(600)
                except KeyboardInterrupt:
                    pass
        """,
}


def interrupted(project: Project, source: str, number: signal.Signals) -> tuple[Ended, float]:
    """How ``source`` ends on a signal once it printed "ready", and in how many seconds."""
    with project.started(project.script(source)) as running:
        running.wait_for_line("ready")
        since = time.monotonic()
        running.signal(number)
        return running.ended(), time.monotonic() - since


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("source", CALM.values(), ids=CALM.keys())
def test_a_signal_lets_the_script_run_its_finally_blocks(
    project: Project, source: str, number: signal.Signals, code: int
) -> None:
    ended, _ = interrupted(project, source, number)
    assert (ended.code, ended.out) == (code, "finally\n")
    words = {130: "interrupted by SIGINT", 143: "ended by SIGTERM"}[code]
    assert f"\n[ERROR] {words}\n" in ended.err


@pytest.mark.parametrize("source", [CALM[name] for name in CALM if "tool" not in name])
def test_a_timeout_lets_the_script_run_its_finally_blocks(project: Project, source: str) -> None:
    project.script(source)
    ended = project.exec("--timeout", "1.5", "script.py")
    assert (ended.code, ended.out) == (124, "ready\nfinally\n")
    assert "\n[ERROR] --timeout of 1.5 s ran out\n" in ended.err


def test_a_timeout_ends_a_script_that_waits_for_a_server(project: Project) -> None:
    project.add_adversary("ignore=initialize")
    project.script("""
        from runtime.mcp_client import call_mcp_tool
        try:
            await call_mcp_tool("adversary__echo")
        finally:
            print("finally")
        """)
    ended = project.exec("--timeout", "1.5", "script.py")
    assert (ended.code, ended.out) == (124, "finally\n")


@pytest.mark.parametrize("source", STUBBORN.values(), ids=STUBBORN.keys())
def test_a_script_that_does_not_let_go_is_ended_after_the_grace(
    project: Project, source: str
) -> None:
    ended, seconds = interrupted(project, source, signal.SIGTERM)
    assert ended.code == 143
    assert "the script did not stop within 2 s" in ended.err
    assert seconds < PATIENCE / 3


def test_a_script_that_does_not_let_go_is_ended_after_its_timeout(project: Project) -> None:
    project.script(STUBBORN["a script that swallows interrupts"])
    ended = project.exec("--timeout", "1.5", "script.py")
    assert (ended.code, ended.out) == (124, "ready\n")
    assert "did not stop" in ended.err


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_server_that_will_not_leave_does_not_hold_up_the_end(
    project: Project, number: signal.Signals, code: int
) -> None:
    project.add_adversary("ignore_eof", "ignore_term", "child", "daemon")
    ended, seconds = interrupted(project, CALM["a script that awaits a tool"], number)
    assert (ended.code, ended.out) == (code, "finally\n")
    assert seconds < PATIENCE / 3


def test_a_signal_while_a_server_is_starting_ends_it_all(project: Project) -> None:
    project.add_adversary("ignore=initialize", "ignore_eof", "ignore_term")
    source = """
        import asyncio
        from runtime.mcp_client import call_mcp_tool
        call = asyncio.ensure_future(call_mcp_tool("adversary__echo"))
        await asyncio.sleep(0)
        print("ready", flush=True)
        await call
        """
    ended, seconds = interrupted(project, source, signal.SIGTERM)
    assert ended.code == 143
    assert seconds < PATIENCE / 3


def test_sigterm_works_where_sigint_is_ignored_from_the_start(project: Project) -> None:
    # As it is in a background job of a shell script.
    ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    path = project.script(CALM["a script that awaits"])
    with project.started(path, preexec_fn=ignore) as running:
        running.wait_for_line("ready")
        running.signal(signal.SIGINT)
        running.signal(signal.SIGTERM)
        ended = running.ended()
    assert (ended.code, ended.out) == (143, "finally\n")


LATE_THREAD = """
    import threading, time
    def work():
        threading.main_thread().join()
        print("ready", flush=True)
        time.sleep(600)
    threading.Thread(target=work).start()
    """


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_the_script_s_threads_after_its_main_code_has_ended(
    project: Project, number: signal.Signals, code: int
) -> None:
    ended, _ = interrupted(project, LATE_THREAD, number)
    assert ended.code == code


def test_a_signal_ends_them_also_after_an_event_loop_of_the_script_handled_signals(
    project: Project,
) -> None:
    source = """
    import asyncio, signal
    async def main():
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)
    asyncio.run(main())
    """
    ended, _ = interrupted(project, source + LATE_THREAD, signal.SIGTERM)
    assert ended.code == 143


def test_a_timeout_ends_the_script_s_threads_after_its_main_code_has_ended(
    project: Project,
) -> None:
    project.script(LATE_THREAD)
    assert project.exec("--timeout", "1.5", "script.py").code == 124


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_to_the_main_code_ends_a_thread_that_goes_on(
    project: Project, number: signal.Signals, code: int
) -> None:
    ended, _ = interrupted(
        project,
        """
        import threading, time
        threading.Thread(target=time.sleep, args=(600,)).start()
        print("ready", flush=True)
        time.sleep(600)
        """,
        number,
    )
    assert ended.code == code


def test_a_signal_before_the_script_began_has_the_same_exit_code(project: Project) -> None:
    for number, code in SIGNALS:
        with project.started("-v", "-") as running:
            wait_until_it_reads(running)
            running.signal(number)
            assert running.ended().code == code


def wait_until_it_reads(running: Running) -> None:
    """Waits until the process handles SIGTERM: it does before it reads the script."""
    mask = 1 << (signal.SIGTERM - 1)

    def handles_sigterm() -> bool:
        with open(f"/proc/{running.process.pid}/status") as status:
            (caught,) = (line.split()[1] for line in status if line.startswith("SigCgt:"))
        return bool(int(caught, 16) & mask)

    running.wait_until(handles_sigterm)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_script_that_ends_in_peace_after_a_signal_still_says_that_it_was_interrupted(
    project: Project, number: signal.Signals, code: int
) -> None:
    ended, _ = interrupted(
        project,
        """
        import time
        try:
            print("ready", flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            print("caught")
        """,
        number,
    )
    assert (ended.code, ended.out) == (code, "caught\n")


def test_a_script_that_is_interrupted_may_choose_its_own_exit_code(project: Project) -> None:
    ended, _ = interrupted(
        project,
        """
        import sys, time
        try:
            print("ready", flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            sys.exit(5)
        """,
        signal.SIGTERM,
    )
    assert ended.code == 5


def test_a_script_may_handle_sigterm_itself(project: Project) -> None:
    ended, _ = interrupted(
        project,
        """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        print("ready", flush=True)
        time.sleep(600)
        """,
        signal.SIGTERM,
    )
    assert (ended.code, ended.err) == (9, "")


def test_sigterm_has_its_exit_code_after_an_event_loop_of_the_script_handled_signals(
    project: Project,
) -> None:
    # The loop takes the wakeup fd and, once closed, leaves none.
    ended, _ = interrupted(
        project,
        """
        import asyncio, signal, time
        async def work():
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)
        asyncio.run(work())
        print("ready", flush=True)
        time.sleep(600)
        """,
        signal.SIGTERM,
    )
    assert ended.code == 143


def test_an_uncaught_keyboard_interrupt_exits_with_130(project: Project) -> None:
    assert project.exec("-c", "raise KeyboardInterrupt").code == 130


def test_a_signal_to_a_forked_child_ends_the_child_and_nothing_else(project: Project) -> None:
    project.script("""
        import os, signal, time
        readable, writable = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writable, b"x")
            time.sleep(600)
        os.read(readable, 1)
        os.kill(child, signal.SIGTERM)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "-15\n", "")


def test_a_forked_child_keeps_the_script_s_own_handler(project: Project) -> None:
    project.script("""
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        readable, writable = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writable, b"x")
            time.sleep(600)
        os.read(readable, 1)
        os.kill(child, signal.SIGTERM)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "9\n", "")


def test_a_forked_child_can_be_ended_after_its_main_code_has_ended(project: Project) -> None:
    project.script("""
        import os, signal, sys, threading, time
        readable, writable = os.pipe()
        def work():
            threading.main_thread().join()
            os.write(writable, b"x")
            time.sleep(600)
        if (child := os.fork()) == 0:
            threading.Thread(target=work).start()
            sys.exit()
        os.read(readable, 1)
        os.kill(child, signal.SIGTERM)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "-15\n", "")


def test_workers_of_a_pool_call_tools_and_are_ended_without_a_word(project: Project) -> None:
    project.script("""
        import multiprocessing
        from runtime.mcp_client import call_mcp_tool_sync

        def work(number):
            return call_mcp_tool_sync("adversary__echo", {"n": number})["n"]

        print(work(0))
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(work, [1, 2]))
        print(work(3))
        """)
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "0\n[1, 2]\n3\n", "")
