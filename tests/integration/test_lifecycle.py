"""A server's life: started by the first call, shared by all callers, gone with the manager."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import anyio
import pytest

from runtime.exceptions import ServerConnectionError
from runtime.mcp_client import McpClientManager
from tests.processes import wait_until
from tests.project import WITHOUT_HOST, Project

pytestmark = pytest.mark.usefixtures("mode")


async def test_one_call_starts_one_server_and_returns_its_answer(
    project: Project, manager: McpClientManager
) -> None:
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.logged("started")) == 1
    assert project.calls("echo") == [{"a": 1}]


async def test_no_call_starts_no_server(project: Project, manager: McpClientManager) -> None:
    await manager.initialize()
    assert project.processes() == []
    assert project.events() == []


async def test_later_calls_use_the_same_server(project: Project, manager: McpClientManager) -> None:
    pids = {await manager.call_tool("adversary__pid") for _ in range(3)}
    assert len(pids) == 1
    assert len(project.received("tools/list")) == 1


async def test_ten_concurrent_first_calls_start_one_server(
    project: Project, manager: McpClientManager
) -> None:
    calls = [manager.call_tool("adversary__echo", {"n": n}) for n in range(10)]
    assert await asyncio.gather(*calls) == [{"n": n} for n in range(10)]
    assert len(project.logged("started")) == 1
    assert len(project.received("tools/list")) == 1


async def test_the_first_caller_may_be_cancelled_while_others_wait(
    project: Project, manager: McpClientManager
) -> None:
    gate = project.root / "gate"
    project.add_adversary(f"gate={gate}")
    first = asyncio.create_task(manager.call_tool("adversary__echo", {"n": 1}))
    second = asyncio.create_task(manager.call_tool("adversary__echo", {"n": 2}))
    await asyncio.to_thread(wait_until, lambda: project.logged("started"))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.touch()
    assert await second == {"n": 2}
    assert len(project.logged("started")) == 1
    assert {"n": 1} not in project.calls("echo")


def test_several_asyncio_runs_share_one_server(project: Project) -> None:
    ended = project.exec(
        "-c",
        "import asyncio\n"
        "from runtime.mcp_client import call_mcp_tool\n"
        "pids = {asyncio.run(call_mcp_tool('adversary__pid')) for _ in range(3)}\n"
        "print(len(pids))\n",
    )
    assert (ended.code, ended.out, ended.err) == (0, "1\n", "")


async def test_threads_share_one_server(project: Project, manager: McpClientManager) -> None:
    answers: list[Any] = []

    def work(number: int) -> None:
        answers.append(manager.call_tool_sync("adversary__echo", {"n": number}))
        answers.append(asyncio.run(manager.call_tool("adversary__echo", {"n": number})))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted(answer["n"] for answer in answers) == sorted([*range(5), *range(5)])
    assert len(project.logged("started")) == 1


async def test_calls_work_in_an_anyio_task_group(
    project: Project, manager: McpClientManager
) -> None:
    answers = []

    async def work(number: int) -> None:
        answers.append(await manager.call_tool("adversary__echo", {"n": number}))

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(work, number)
    assert sorted(answer["n"] for answer in answers) == list(range(5))
    assert len(project.logged("started")) == 1


async def test_an_anyio_timeout_cancels_the_call_and_nothing_else(
    project: Project, manager: McpClientManager
) -> None:
    with anyio.move_on_after(0.2) as scope:
        await manager.call_tool("adversary__hang")
    assert scope.cancelled_caught
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.logged("started")) == 1


def test_sync_code_needs_no_event_loop(project: Project) -> None:
    manager = McpClientManager()
    manager.initialize_sync(project.config_path)
    try:
        assert manager.call_tool_sync("adversary__echo", {"a": 1}) == {"a": 1}
    finally:
        asyncio.run(manager.cleanup())


async def test_a_blocked_event_loop_does_not_stop_a_call_under_way(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("adversary__echo")
    call = asyncio.create_task(manager.call_tool("adversary__echo", {"while": "blocked"}))
    await asyncio.sleep(0)
    # This blocks the test's own event loop, all the while the I/O thread sends the call.
    wait_until(lambda: {"while": "blocked"} in project.calls("echo"))
    assert await call == {"while": "blocked"}


@WITHOUT_HOST
async def test_cleanup_ends_the_server_and_the_next_call_starts_another(
    project: Project, manager: McpClientManager
) -> None:
    first = await manager.call_tool("adversary__pid")
    await manager.cleanup()
    assert project.processes() == []
    assert project.logged("end_of_file") == [int(first)]
    assert await manager.call_tool("adversary__pid") != first


async def test_cleanup_may_be_called_twice_and_before_any_call(manager: McpClientManager) -> None:
    await manager.cleanup()
    await manager.call_tool("adversary__echo")
    await manager.cleanup()
    await manager.cleanup()


@WITHOUT_HOST
async def test_cleanup_while_a_server_is_starting_ends_it_at_once(
    project: Project, manager: McpClientManager, caplog: pytest.LogCaptureFixture
) -> None:
    project.add_adversary("ignore=initialize")
    call = asyncio.create_task(manager.call_tool("adversary__echo"))
    await asyncio.to_thread(wait_until, lambda: project.received("initialize"))
    started = time.monotonic()
    await manager.cleanup()
    with pytest.raises(ServerConnectionError, match="closed"):
        await call
    assert project.processes() == []
    assert time.monotonic() - started < 5, "not before the connect timeout, nor given up on"
    assert "left behind" not in caplog.text


@WITHOUT_HOST
async def test_list_all_tools_asks_every_server_and_leaves_out_those_that_fail(
    project: Project, manager: McpClientManager, caplog: pytest.LogCaptureFixture
) -> None:
    project.add_adversary(name="second")
    project.add_adversary("exit=3", name="broken")
    project.add_adversary(name="off", disabled=True)
    tools = await manager.list_all_tools()
    assert sorted(tools) == ["adversary", "second"]
    assert "echo" in [tool["name"] for tool in tools["second"]]
    assert "'broken'" in caplog.text
    assert len(project.logged("started")) == 3


async def test_list_tools_of_one_server_starts_no_other(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary(name="second")
    tools = await manager.list_tools("second")
    assert "echo" in [tool["name"] for tool in tools]
    assert len(project.logged("started")) == 1


@WITHOUT_HOST
async def test_another_config_closes_the_connections_of_the_first(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("adversary__echo")
    other = project.root / "other.json"
    other.write_text(project.config_path.read_text())
    await manager.initialize(project.config_path)
    assert project.processes()
    await manager.initialize(other)
    assert project.processes() == []


@WITHOUT_HOST
async def test_the_longest_configured_name_is_the_server_so_names_may_hold_the_separator(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("stderr=short", name="a")
    project.add_adversary("stderr=long", name="a__b")
    assert await manager.call_tool("a__b__echo", {"x": 1}) == {"x": 1}
    assert list(manager._clients) == ["a__b"]


async def test_a_tool_that_the_cached_list_lacks_is_asked_for_once_more(
    project: Project, manager: McpClientManager
) -> None:
    echo = {"name": "echo", "inputSchema": {"type": "object"}}
    project.add_adversary(project.write_pages({"first": {"tools": [echo]}}))
    await manager.call_tool("adversary__echo")
    project.write_pages({"first": {"tools": [echo, {**echo, "name": "pid"}]}})
    await manager.call_tool("adversary__pid")
    assert len(project.received("tools/list")) == 2


async def test_a_server_starts_in_the_config_s_folder_or_its_cwd(
    project: Project, manager: McpClientManager
) -> None:
    (project.root / "below").mkdir()
    project.add_adversary(name="second", cwd="below")
    assert await manager.call_tool("adversary__cwd") == str(project.root.resolve())
    assert await manager.call_tool("second__cwd") == str(project.root.resolve() / "below")
