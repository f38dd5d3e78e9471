"""Servers that break, stall, babble or answer oddly, and what callers get of it."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from runtime._connection import LocalConnection
from runtime.exceptions import (
    ConfigurationError,
    McpExecutionError,
    SchemaValidationError,
    ServerConnectionError,
    ToolExecutionError,
    ToolNotFoundError,
)
from runtime.mcp_client import McpClientManager
from tests.processes import is_alive, wait_until
from tests.project import SERVERS, WITHOUT_HOST, Project

pytestmark = pytest.mark.usefixtures("mode")

ECHO = {"name": "echo", "inputSchema": {"type": "object"}}


async def in_thread(condition: Any) -> None:
    await asyncio.to_thread(wait_until, condition)


async def answer(manager: McpClientManager, result: Any) -> Any:
    """What a script gets for a ``CallToolResult``."""
    return await manager.call_tool("adversary__answer", {"result": result})


# Servers that die.


async def test_a_server_that_dies_during_a_call_is_reported_with_exit_code_and_stderr(
    project: Project, manager: McpClientManager
) -> None:
    with pytest.raises(ServerConnectionError) as caught:
        await manager.call_tool("adversary__die", {"code": 7, "stderr": "out of\nluck\n"})
    assert "'adversary'" in str(caught.value)
    assert "exited with code 7" in str(caught.value)
    assert str(caught.value).endswith("out of\nluck")
    assert "may have had its effect" in str(caught.value)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
async def test_a_server_killed_by_a_signal_is_reported_with_its_name(
    project: Project, manager: McpClientManager, number: signal.Signals
) -> None:
    with pytest.raises(ServerConnectionError, match=f"ended by {number.name}"):
        await manager.call_tool("adversary__die", {"signal": int(number)})


async def test_only_the_last_lines_of_a_long_stderr_are_shown(
    project: Project, manager: McpClientManager
) -> None:
    lines = "".join(f"line {number}\n" for number in range(1000))
    with pytest.raises(ServerConnectionError) as caught:
        await manager.call_tool("adversary__die", {"code": 1, "stderr": lines})
    assert str(caught.value).endswith("line 998\nline 999")
    assert "line 900\n" not in str(caught.value)


async def test_all_pending_calls_fail_at_once_when_the_server_dies(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("adversary__echo")
    pending = [asyncio.create_task(manager.call_tool("adversary__hang")) for _ in range(5)]
    await in_thread(lambda: len(project.calls("hang")) == 5)
    with pytest.raises(ServerConnectionError):
        await manager.call_tool("adversary__die", {"code": 7})
    results = await asyncio.gather(*pending, return_exceptions=True)
    assert [type(result) for result in results] == [ServerConnectionError] * 5
    assert all("code 7" in str(result) for result in results)


async def test_the_call_after_a_death_reconnects_and_no_call_is_sent_twice(
    project: Project, manager: McpClientManager
) -> None:
    with pytest.raises(ServerConnectionError):
        await manager.call_tool("adversary__die", {"code": 7})
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.logged("started")) == 2
    assert len(project.calls("die")) == 1
    assert len(project.calls("echo")) == 1


async def test_a_server_that_exits_at_start_is_reported_with_exit_code_and_stderr(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("stderr=API key is missing", "exit=3")
    with pytest.raises(ServerConnectionError) as caught:
        await manager.call_tool("adversary__echo")
    assert "cannot connect to server 'adversary'" in str(caught.value)
    assert "exited with code 3" in str(caught.value)
    assert "API key is missing" in str(caught.value)


async def test_a_server_that_exits_at_start_with_success_is_an_error_as_well(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("exit=0")
    with pytest.raises(ServerConnectionError, match="exited with code 0"):
        await manager.call_tool("adversary__echo")


async def test_a_server_that_failed_to_start_is_started_anew_by_the_next_call(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("exit=3")
    for _ in range(2):
        with pytest.raises(ServerConnectionError):
            await manager.call_tool("adversary__echo")
    assert len(project.logged("started")) == 2


async def test_every_concurrent_caller_hears_why_the_server_did_not_start(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("exit=3")
    calls = [manager.call_tool("adversary__echo") for _ in range(5)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all("code 3" in str(result) for result in results)
    assert len(project.logged("started")) == 1


async def test_a_server_that_no_longer_reads_is_lost_and_the_next_call_starts_another(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("adversary__stop_reading")
    with pytest.raises(ServerConnectionError, match=r"closed its (in|out)put"):
        await manager.call_tool("adversary__echo", {"n": 1})
    assert await manager.call_tool("adversary__echo", {"n": 2}) == {"n": 2}
    assert project.calls("echo") == [{"n": 2}]


# Servers that stall.


async def test_a_server_that_never_answers_initialize_fails_after_the_connect_timeout(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("ignore=initialize", "stderr=thinking", connectTimeout=0.3)
    with pytest.raises(ServerConnectionError) as caught:
        await manager.call_tool("adversary__echo")
    assert "initialize within 0.3 s" in str(caught.value)
    assert "connectTimeout" in str(caught.value)
    assert "thinking" in str(caught.value)
    assert project.processes() == []


async def test_a_call_that_takes_too_long_fails_and_leaves_the_connection_alive(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary(timeout=0.3)
    with pytest.raises(ServerConnectionError, match=r"'hang' did not answer within 0\.3 s"):
        await manager.call_tool("adversary__hang")
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.logged("started")) == 1
    await in_thread(lambda: project.received("notifications/cancelled"))


async def test_a_list_that_takes_too_long_fails_before_anything_is_called(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("ignore=tools/list", timeout=0.3)
    with pytest.raises(ServerConnectionError, match="tools/list did not answer"):
        await manager.call_tool("adversary__echo")
    assert project.calls("echo") == []


async def test_a_cancelled_call_reaches_the_server_and_leaves_the_connection_alive(
    project: Project, manager: McpClientManager
) -> None:
    call = asyncio.create_task(manager.call_tool("adversary__hold"))
    other = asyncio.create_task(manager.call_tool("adversary__hold", {"other": True}))
    await in_thread(lambda: len(project.calls("hold")) == 2)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await in_thread(lambda: project.received("notifications/cancelled"))
    ids = {
        message["id"]
        for message in project.logged("received")
        if message.get("params", {}).get("arguments") == {}
    }
    assert {params["requestId"] for params in project.received("notifications/cancelled")} <= ids
    # The late answer to the cancelled call does no harm, and the other call gets its own.
    assert await manager.call_tool("adversary__release") == "2 released"
    assert await other == "released"
    assert len(project.logged("started")) == 1


async def test_answers_may_come_in_any_order(project: Project, manager: McpClientManager) -> None:
    held = asyncio.create_task(manager.call_tool("adversary__hold"))
    await in_thread(lambda: project.calls("hold"))
    assert await manager.call_tool("adversary__echo", {"n": 2}) == {"n": 2}
    assert not held.done()
    await manager.call_tool("adversary__release")
    assert await held == "released"


# The handshake.


async def test_discover_is_not_sent_to_a_server_that_answers_initialize(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("ignore=server/discover", "die_on=server/discover")
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert project.received("server/discover") == []


async def test_a_server_of_the_newest_protocol_that_refuses_initialize_is_discovered(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("modern")
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.received("server/discover")) == 1


async def test_a_server_that_refuses_the_handshake_and_dies_on_discover_is_reported(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("refuse=initialize", "die_on=server/discover")
    with pytest.raises(ServerConnectionError, match=r"no method initialize|code 9"):
        await manager.call_tool("adversary__echo")


async def test_a_server_that_refuses_the_handshake_and_ignores_discover_is_reported_in_time(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("refuse=initialize", "ignore=server/discover", connectTimeout=0.5)
    with pytest.raises(ServerConnectionError, match=r"within 0\.5 s"):
        await manager.call_tool("adversary__echo")


async def test_a_server_that_refuses_both_handshakes_is_reported_with_its_words(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("refuse=initialize,server/discover")
    with pytest.raises(ServerConnectionError, match="no method initialize"):
        await manager.call_tool("adversary__echo")


async def test_a_server_that_refuses_to_list_its_tools_is_reported_with_its_words(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("refuse=tools/list")
    with pytest.raises(ToolExecutionError, match="no method tools/list") as caught:
        await manager.call_tool("adversary__echo")
    assert caught.value.code == -32601


# Servers that babble.


async def test_garbage_and_undecodable_bytes_on_stdout_are_skipped(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("noise")
    for number in range(3):
        assert await manager.call_tool("adversary__echo", {"n": number}) == {"n": number}
    assert len(project.logged("started")) == 1


async def test_undecodable_bytes_inside_an_answer_are_replaced_and_the_answer_arrives(
    project: Project, manager: McpClientManager
) -> None:
    # Written in UTF-8 by the adversary, \udc.. cannot be: so the line is put together of bytes.
    script = project.script(f"""
        import sys
        sys.path.insert(0, {str(SERVERS)!r})
        import adversary
        class Latin(adversary.Adversary):
            def write(self, data):
                super().write(data.replace(b"LATIN", b"caf\\xe9"))
        Latin({{"log": {str(project.log_path)!r}}}).run()
        """)
    project.add_server("adversary", command=sys.executable, args=[str(script)])
    assert await manager.call_tool("adversary__echo", {"t": "LATIN"}) == {"t": "caf\ufffd"}


async def test_ten_megabytes_on_stderr_do_not_block_the_server(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("stderr_bytes=10000000")
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("rest", ['"result": 5', '"result": null', '"error": "no"', '"more": 1'])
async def test_a_malformed_answer_fails_its_call_and_no_other(
    project: Project, manager: McpClientManager, era: str, rest: str
) -> None:
    project.add_adversary(era, timeout=10)
    held = asyncio.create_task(manager.call_tool("adversary__hold"))
    await in_thread(lambda: project.calls("hold"))
    line = '{"jsonrpc": "2.0", "id": ID, ' + rest + "}"
    with pytest.raises(McpExecutionError, match="wrong shape"):
        await manager.call_tool("adversary__raw", {"lines": [line]})
    await manager.call_tool("adversary__release")
    assert await held == "released"


async def test_answers_to_questions_nobody_asked_are_ignored(
    project: Project, manager: McpClientManager
) -> None:
    lines = [
        '{"jsonrpc": "2.0", "id": 999, "result": {}}',
        '{"jsonrpc": "2.0", "id": "x", "result": {}}',
        '{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "m"}}',
        '{"jsonrpc": "2.0", "method": "notifications/unheard/of", "params": {"a": 1}}',
        '{"jsonrpc": "2.0", "method": "notifications/progress", "params": 5}',
        '{"jsonrpc": "2.0", "id": 1, "method": "unheard/of"}',
        '{"jsonrpc": "2.0", "id": ID, "result": {"content": [{"type": "text", "text": "yes"}]}}',
        '{"jsonrpc": "2.0", "id": ID, "result": {"content": [{"type": "text", "text": "twice"}]}}',
    ]
    assert await manager.call_tool("adversary__raw", {"lines": lines}) == "yes"
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


async def test_an_id_that_comes_back_as_a_string_is_understood(
    project: Project, manager: McpClientManager
) -> None:
    line = '{"jsonrpc": "2.0", "id": "ID", "result": {"content": [{"type": "text", "text": "s"}]}}'
    assert await manager.call_tool("adversary__raw", {"lines": [line]}) == "s"


async def test_the_server_s_own_requests_are_answered_during_a_call(
    project: Project, manager: McpClientManager
) -> None:
    lines = [
        '{"jsonrpc": "2.0", "id": "ping-1", "method": "ping"}',
        '{"jsonrpc": "2.0", "id": ID, "result": {"content": []}}',
    ]
    assert await manager.call_tool("adversary__raw", {"lines": lines}) == []
    await in_thread(
        lambda: {"jsonrpc": "2.0", "id": "ping-1", "result": {}} in project.logged("received")
    )


async def test_a_protocol_error_is_raised_with_its_code_and_words(
    project: Project, manager: McpClientManager
) -> None:
    line = '{"jsonrpc": "2.0", "id": ID, "error": {"code": -32602, "message": "bad \\u001b[31m"}}'
    with pytest.raises(ToolExecutionError, match=r"bad \\x1b\[31m") as caught:
        await manager.call_tool("adversary__raw", {"lines": [line]})
    assert caught.value.code == -32602
    assert caught.value.content == []


async def test_an_error_with_the_sdk_s_own_code_for_a_lost_connection_is_still_the_server_s(
    project: Project, manager: McpClientManager
) -> None:
    line = '{"jsonrpc": "2.0", "id": ID, "error": {"code": -32000, "message": "busy"}}'
    with pytest.raises(ToolExecutionError, match="busy"):
        await manager.call_tool("adversary__raw", {"lines": [line]})
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


# Size.


async def test_a_result_of_twenty_megabytes_arrives(
    project: Project, manager: McpClientManager
) -> None:
    assert await manager.call_tool("adversary__big", {"size": 20_000_000}) == "x" * 20_000_000


@WITHOUT_HOST
async def test_params_of_several_megabytes_reach_a_server_that_reads_late(
    project: Project, manager: McpClientManager
) -> None:
    gate = project.root / "gate"
    assert await manager.call_tool("adversary__wait_for", {"path": str(gate)}) == []
    sizes = [asyncio.create_task(size_call(manager, n)) for n in (8_000_000, 3, 2_000_000)]
    cancelled = asyncio.create_task(size_call(manager, 4_000_000))
    await in_thread(lambda: waits_to_send(manager))
    cancelled.cancel()
    gate.touch()
    assert await asyncio.gather(*sizes) == ["8000000", "3", "2000000"]
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


def waits_to_send(manager: McpClientManager) -> bool:
    connection = manager._clients["adversary"]
    assert isinstance(connection, LocalConnection)
    assert connection._process is not None
    return not connection._process._writable.is_set()


def size_call(manager: McpClientManager, size: int) -> Coroutine[Any, Any, Any]:
    return manager.call_tool("adversary__size", {"text": "x" * size})


@WITHOUT_HOST
async def test_a_server_that_dies_with_a_full_pipe_fails_the_call_that_waits_to_send(
    project: Project, manager: McpClientManager
) -> None:
    gate = project.root / "never"
    await manager.call_tool("adversary__wait_for", {"path": str(gate)})
    call = asyncio.ensure_future(size_call(manager, 8_000_000))
    await in_thread(lambda: waits_to_send(manager))
    (pid,) = project.logged("started")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ServerConnectionError, match="SIGKILL"):
        await call


async def test_a_server_that_babbles_faster_than_it_is_read_is_made_to_wait_and_loses_nothing(
    project: Project, manager: McpClientManager
) -> None:
    note = '{"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info"}}'
    last = '{"jsonrpc": "2.0", "id": ID, "result": {"content": []}}'
    assert await manager.call_tool("adversary__raw", {"lines": [note] * 5_000 + [last]}) == []


# What it lists.


@WITHOUT_HOST
async def test_malformed_tools_are_left_out_and_the_good_ones_work(
    project: Project, manager: McpClientManager, caplog: pytest.LogCaptureFixture
) -> None:
    tools = [
        5,
        {"inputSchema": {}},
        {"name": 5, "inputSchema": {}},
        {"name": "schemaless"},
        {"name": "wrong-schema", "inputSchema": "none"},
        {**ECHO, "description": 5, "outputSchema": "none", "annotations": [1]},
    ]
    project.add_adversary(project.write_pages({"first": {"tools": tools}}))
    listed = await manager.list_tools("adversary")
    assert [tool["name"] for tool in listed] == ["schemaless", "echo"]
    assert listed[1] == ECHO
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert "wrong-schema" in caplog.text


async def test_a_tool_that_the_sdk_finds_malformed_does_not_lose_another_tool_s_result(
    project: Project, manager: McpClientManager
) -> None:
    tools = [{**ECHO, "name": "odd", "title": 5, "icons": "x"}, {**ECHO, "outputSchema": {}}]
    project.add_adversary(project.write_pages({"first": {"tools": tools}}))
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert len(project.calls("echo")) == 1


@pytest.mark.parametrize("listing", [{}, {"tools": None}, {"tools": {"a": 1}}, {"tools": []}])
async def test_a_listing_without_tools_is_an_empty_one(
    project: Project, manager: McpClientManager, listing: dict[str, Any]
) -> None:
    project.add_adversary(project.write_pages({"first": listing}))
    assert await manager.list_tools("adversary") == []
    with pytest.raises(ToolNotFoundError, match="there are none"):
        await manager.call_tool("adversary__echo")


async def test_every_page_is_listed(project: Project, manager: McpClientManager) -> None:
    pages = {
        str(n): {"tools": [{**ECHO, "name": f"t{n}"}], "nextCursor": str(n + 1)} for n in range(50)
    }
    pages["first"] = pages.pop("0")
    pages["50"] = {"tools": [ECHO]}
    project.add_adversary(project.write_pages(pages))
    names = [tool["name"] for tool in await manager.list_tools("adversary")]
    assert names == [*(f"t{n}" for n in range(50)), "echo"]
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


async def test_an_empty_cursor_is_a_cursor_like_any_other(
    project: Project, manager: McpClientManager
) -> None:
    pages = {
        "first": {"tools": [ECHO], "nextCursor": ""},
        "": {"tools": [{**ECHO, "name": "pid"}]},
    }
    project.add_adversary(project.write_pages(pages))
    assert [tool["name"] for tool in await manager.list_tools("adversary")] == ["echo", "pid"]


@WITHOUT_HOST
@pytest.mark.parametrize("cursor", ["again", ""])
async def test_a_repeated_cursor_ends_the_list(
    project: Project, manager: McpClientManager, caplog: pytest.LogCaptureFixture, cursor: str
) -> None:
    page = {"tools": [ECHO], "nextCursor": cursor}
    project.add_adversary(project.write_pages({"first": page, cursor: page}))
    assert [tool["name"] for tool in await manager.list_tools("adversary")] == ["echo"]
    assert "repeats a cursor" in caplog.text
    assert len(project.received("tools/list")) == 2


async def test_the_first_of_several_tools_of_one_name_counts(
    project: Project, manager: McpClientManager
) -> None:
    tools = [{**ECHO, "description": "one"}, {**ECHO, "description": "two"}]
    project.add_adversary(project.write_pages({"first": {"tools": tools}}))
    listed = await manager.list_tools("adversary")
    assert [tool["description"] for tool in listed] == ["one"]


# What it answers.


async def test_an_unknown_content_block_is_kept_beside_the_others(
    project: Project, manager: McpClientManager
) -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "hologram", "data": [1]}]
    assert await answer(manager, {"content": blocks}) == blocks


@pytest.mark.parametrize("block", [5, None, "text", {"type": "text"}, {"type": "text", "text": 5}])
async def test_a_malformed_content_block_does_not_lose_the_others(
    project: Project, manager: McpClientManager, block: Any
) -> None:
    good = {"type": "text", "text": "good"}
    value = await answer(manager, {"content": [good, block]})
    assert value == "good" or good in value


@pytest.mark.parametrize("content", [None, 5, "text", {"type": "text", "text": "a"}])
async def test_content_that_is_no_list_does_not_raise(
    project: Project, manager: McpClientManager, content: Any
) -> None:
    await answer(manager, {"content": content})
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("content", [None, 5, "text", [5, None], []])
async def test_an_error_with_malformed_content_is_still_a_tool_error(
    project: Project, manager: McpClientManager, content: Any
) -> None:
    with pytest.raises(ToolExecutionError):
        await answer(manager, {"content": content, "isError": True})


async def test_an_answer_that_asks_for_more_input_is_an_error_and_not_an_empty_result(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("modern")
    asked = {"resultType": "input_required", "inputRequests": {}, "requestState": "s"}
    with pytest.raises(ToolExecutionError, match="input"):
        await answer(manager, asked)


async def test_an_error_of_a_tool_is_raised_with_its_words_and_all_of_its_content(
    project: Project, manager: McpClientManager
) -> None:
    blocks = [{"type": "text", "text": "no such file"}, {"type": "hologram"}]
    with pytest.raises(ToolExecutionError, match="no such file") as caught:
        await answer(manager, {"content": blocks, "isError": True})
    assert caught.value.content == blocks
    assert caught.value.code is None


async def test_an_answer_that_does_not_fit_the_output_schema_is_raised_with_its_value(
    project: Project, manager: McpClientManager
) -> None:
    assert await manager.call_tool("adversary__strict", {"number": 5}) == {"number": 5}
    with pytest.raises(SchemaValidationError, match=r"\$\.number") as caught:
        await manager.call_tool("adversary__strict", {"number": "five", "more": None})
    assert caught.value.value == {"number": "five", "more": None}
    assert len(project.calls("strict")) == 2


@pytest.mark.parametrize("schema", [{"type": 5}, {"$ref": "https://nowhere.invalid/schema"}])
async def test_an_output_schema_that_cannot_be_checked_does_not_lose_the_answer(
    project: Project, manager: McpClientManager, schema: dict[str, Any]
) -> None:
    tools = [{**ECHO, "outputSchema": schema}]
    project.add_adversary(project.write_pages({"first": {"tools": tools}}))
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}


# What is sent.

VALUES: dict[str, Any] = {
    "none": None,
    "nested none": {"a": None, "b": [None, {"c": None}]},
    "empty": ["", {}, [], ""],
    "big integers": [2**53 + 1, -(2**64), 10**400],
    "floats": [0.1, 1e300, 5e-324, -0.0, 1.0, 1e16],
    "booleans": [True, False],
    "text": ["ÿ", "日本語", "🎉", "\x00\x1f\x7f", "\u2028\u2029", "a\nb\r\nc\t", '"\\/', "e\u0301"],
    "keys": {"": 1, " ": 2, "ü": 3, "_meta": 4, "__class__": 5, "name": 6, "value": 7},
    "deep": json.loads("[" * 150 + "]" * 150),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
async def test_values_reach_the_server_and_come_back_unchanged(
    project: Project, manager: McpClientManager, value: Any
) -> None:
    echoed = await manager.call_tool("adversary__echo", {"v": value, "none": None})
    assert project.calls("echo") == [{"v": value, "none": None}]
    assert repr(echoed) == repr({"v": value, "none": None})


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(("era", "depth"), [("legacy", 5_000), ("modern", 5_000), ("modern", 400)])
async def test_params_too_deep_to_be_sent_fail_before_and_leave_the_connection_alive(
    project: Project, manager: McpClientManager, era: str, depth: int
) -> None:
    project.add_adversary(era)
    with pytest.raises(SchemaValidationError, match="nothing was sent"):
        await manager.call_tool("adversary__echo", {"v": nested(depth)})
    assert await manager.call_tool("adversary__echo", {"a": 1}) == {"a": 1}
    assert project.calls("echo") == [{"a": 1}]


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_very_deep_answer_arrives(
    project: Project, manager: McpClientManager, era: str
) -> None:
    project.add_adversary(era)
    result = {"content": [], "structuredContent": {"v": nested(400)}, "resultType": "complete"}
    line = '{"jsonrpc": "2.0", "id": ID, "result": ' + json.dumps(result) + "}"
    answer = await manager.call_tool("adversary__raw", {"lines": [line]})
    assert json.dumps(answer) == json.dumps({"v": nested(400)})


NOT_JSON: dict[str, Any] = {
    "nan": math.nan,
    "infinity": [math.inf],
    "set": {1},
    "bytes": b"x",
    "object": object(),
    "path": Path("."),
    "lone surrogate": "\ud800",
    "surrogate in a key": {"\udfff": 1},
}


@pytest.mark.parametrize("value", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_params_that_are_not_json_fail_before_anything_is_sent(
    project: Project, manager: McpClientManager, value: Any
) -> None:
    with pytest.raises(SchemaValidationError, match=r"'adversary__echo'.*nothing was sent"):
        await manager.call_tool("adversary__echo", {"v": value})
    assert project.calls("echo") == []


@pytest.mark.parametrize("params", [{1: 2}, {None: 1}, {True: 1}])
async def test_names_of_params_must_be_text(
    project: Project, manager: McpClientManager, params: Any
) -> None:
    with pytest.raises(SchemaValidationError, match="nothing was sent"):
        await manager.call_tool("adversary__echo", params)
    assert project.calls("echo") == []


async def test_no_params_are_sent_as_an_empty_object(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("adversary__echo")
    assert project.calls("echo") == [{}]


# Environment.


async def test_only_the_safe_base_of_the_environment_reaches_a_server(
    project: Project, manager: McpClientManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MY_TOKEN", "LC_ALL", "HTTPS_PROXY", "HOME"):
        monkeypatch.setenv(name, "set")
    project.add_adversary(env={"OWN": "given"})
    env = await manager.call_tool("adversary__env")
    assert env["OWN"] == "given"
    assert env["LC_ALL"] == env["HTTPS_PROXY"] == env["HOME"] == "set"
    assert "MY_TOKEN" not in env
    assert "MCP_CONFIG" not in env


async def test_inherit_env_widens_the_environment_to_all_or_to_some_names(
    project: Project, manager: McpClientManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRST", "1")
    monkeypatch.setenv("SECOND", "2")
    project.add_adversary(name="all", inheritEnv=True, env={"SECOND": "own"})
    project.add_adversary(name="some", inheritEnv=["FIRST", "MISSING"])
    everything = await manager.call_tool("all__env")
    assert (everything["FIRST"], everything["SECOND"]) == ("1", "own")
    some = await manager.call_tool("some__env")
    assert some["FIRST"] == "1"
    assert "SECOND" not in some
    assert "MISSING" not in some


async def test_the_path_of_a_server_ends_in_the_scripts_folder_of_this_interpreter(
    project: Project, manager: McpClientManager
) -> None:
    env = await manager.call_tool("adversary__env")
    assert env["PATH"].split(os.pathsep)[-1] == os.path.dirname(sys.executable)


async def test_a_command_installed_beside_the_interpreter_is_found_without_a_path(
    project: Project, manager: McpClientManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    args = ["-S", str(SERVERS / "echo.py")]
    project.add_server("echo", command=os.path.basename(sys.executable), args=args)
    assert await manager.call_tool("echo__echo", {"a": 1}) == {"a": 1}


async def test_secrets_do_not_appear_in_error_messages(
    project: Project,
    manager: McpClientManager,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("KEY", "sk-from-environ")
    project.add_adversary("stderr=bad ${KEY} and sk-of-the-config", env={"A": "sk-of-the-config"})
    with pytest.raises(ServerConnectionError, match=r"bad \*\*\* and \*\*\*") as caught:
        await manager.call_tool("adversary__die", {"code": 1})
    assert "sk-" not in str(caught.value)
    assert "sk-" not in caplog.text


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"command": "no-such-command"}, "no command 'no-such-command' on PATH"),
        ({"command": "./missing"}, "is not an executable file"),
        ({"command": "./mcp_config.json"}, "is not an executable file"),
        ({"command": "python3", "cwd": "missing"}, "missing does not exist"),
        ({"command": "python3", "args": ["a\0b"]}, "null byte"),
    ],
)
async def test_a_command_that_cannot_be_run_is_reported_as_a_fault_of_the_config(
    project: Project, manager: McpClientManager, entry: dict[str, Any], words: str
) -> None:
    project.add_server("broken", **entry)
    with pytest.raises(ConfigurationError, match=words) as caught:
        await manager.call_tool("broken__any")
    assert "'broken'" in str(caught.value)


async def test_a_file_that_the_system_cannot_execute_is_reported(
    project: Project, manager: McpClientManager
) -> None:
    program = project.script("#!/no/such/interpreter\n", "program")
    program.chmod(0o755)
    project.add_server("broken", command=str(program))
    with pytest.raises(ServerConnectionError, match=r"exited with code 127(.|\n)*cannot run"):
        await manager.call_tool("broken__any")


async def test_a_relative_command_is_found_in_the_server_s_folder(
    project: Project, manager: McpClientManager
) -> None:
    program = project.script(f"#!{sys.executable}\n" + (SERVERS / "echo.py").read_text(), "echo")
    program.chmod(0o755)
    project.add_server("echo", command="./echo")
    assert await manager.call_tool("echo__echo", {"a": 1}) == {"a": 1}


async def test_what_a_dead_server_left_running_is_gone_before_its_caller_hears_of_it(
    project: Project, manager: McpClientManager
) -> None:
    project.add_adversary("child", "daemon", "ignore_term")
    with pytest.raises(ServerConnectionError, match="exited with code 7"):
        await manager.call_tool("adversary__die", {"code": 7})
    left = [*project.logged("child"), *project.logged("daemon")]
    assert len(left) == 2
    assert not any(map(is_alive, left))
