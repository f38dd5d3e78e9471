"""A forked child has connections of its own, and leaves its parent's alone."""

from __future__ import annotations

import pytest

from tests.project import WITHOUT_HOST, Project

pytestmark = pytest.mark.usefixtures("mode")

PARENT = """
    import os, sys
    from runtime.mcp_client import call_mcp_tool_sync, get_mcp_client_manager
    import asyncio, gc, time

    def call(tool, **params):
        return call_mcp_tool_sync("adversary__" + tool, params)

    def end_of(child):
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    mine = call("pid")
    """


def script(project: Project, rest: str) -> None:
    parts = [PARENT, rest]
    indented = (line for part in parts for line in part.splitlines())
    project.script("\n".join(line.removeprefix("    ") for line in indented))


@WITHOUT_HOST
@pytest.mark.parametrize("leave", ["sys.exit(5)", "os._exit(5)"])
def test_a_child_calls_a_server_of_its_own_and_the_parent_s_is_unharmed(
    project: Project, leave: str
) -> None:
    script(
        project,
        f"""
    if (child := os.fork()) == 0:
        theirs = call("pid")
        gc.collect()
        print(theirs != mine, call("echo", n=1), flush=True)
        {leave}
    print(end_of(child), call("pid") == mine)
    """,
    )
    ended = project.exec("script.py")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "True {'n': 1}\n5 True\n"
    assert len(project.logged("started")) == 2


@pytest.mark.parametrize("leave", ["sys.exit(5)", "os._exit(5)", "raise SystemExit(5)"])
def test_a_child_that_calls_nothing_leaves_at_once_and_the_parent_s_server_is_unharmed(
    project: Project, leave: str
) -> None:
    script(
        project,
        f"""
    before = time.monotonic()
    if (child := os.fork()) == 0:
        gc.collect()
        {leave}
    print(end_of(child), call("pid") == mine, time.monotonic() - before < 4)
    """,
    )
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "5 True True\n", "")
    assert len(project.logged("started")) == 1


@WITHOUT_HOST
def test_a_child_that_lives_on_does_not_keep_the_parent_s_server_from_seeing_the_end(
    project: Project,
) -> None:
    script(
        project,
        """
    readable, writable = os.pipe()
    if (child := os.fork()) == 0:
        os.close(writable)
        os.read(readable, 1)  # until the parent closes its end
        os._exit(0)
    asyncio.run(get_mcp_client_manager().cleanup())
    os.close(writable)
    print(end_of(child))
    """,
    )
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "0\n", "")
    assert project.logged("end_of_file") == project.logged("started")


def test_a_child_forked_from_a_thread_during_a_call_can_call_as_well(project: Project) -> None:
    script(
        project,
        """
    import threading
    from pathlib import Path
    pending = threading.Thread(target=lambda: print(call("hold"), flush=True))
    pending.start()
    while '"hold"' not in Path(os.environ["SERVER_LOG"]).read_text():
        time.sleep(0.01)
    if (child := os.fork()) == 0:
        print(call("echo", n=1), flush=True)
        os._exit(0)
    code = end_of(child)
    call("release")
    pending.join()
    print(code)
    """,
    )
    ended = project.exec("script.py", SERVER_LOG=str(project.log_path))
    assert (ended.code, ended.out, ended.err) == (0, "{'n': 1}\nreleased\n0\n", "")


@WITHOUT_HOST
def test_a_child_of_a_child_can_call_as_well(project: Project) -> None:
    script(
        project,
        """
    if (child := os.fork()) == 0:
        call("pid")
        if (grandchild := os.fork()) == 0:
            print(call("echo", n=1), flush=True)
            sys.exit(3)
        sys.exit(end_of(grandchild))
    print(end_of(child), call("pid") == mine)
    """,
    )
    ended = project.exec("script.py")
    assert (ended.code, ended.out, ended.err) == (0, "{'n': 1}\n3 True\n", "")
    assert len(project.logged("started")) == 3
