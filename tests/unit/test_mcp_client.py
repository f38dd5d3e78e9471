"""The manager: names, state, what is asked once, what is asked again, and what never starts."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runtime import mcp_client
from runtime._loop import io_thread
from runtime.exceptions import (
    ConfigurationError,
    SchemaValidationError,
    ServerConnectionError,
    ToolNotFoundError,
)
from runtime.mcp_client import (
    McpClientManager,
    call_mcp_tool,
    call_mcp_tool_sync,
    get_mcp_client_manager,
)

SERVER = """
import json, pathlib, sys
log = pathlib.Path(sys.argv[1])
names = sys.argv[2:]
def say(text):
    with log.open("a") as file:
        file.write(text + "\\n")
say("started")
for line in sys.stdin:
    message = json.loads(line)
    method = message["method"]
    say(method)
    if method == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {},
                  "serverInfo": {"name": "tiny", "version": "1"}}
    elif method == "tools/list":
        more = pathlib.Path(str(log) + ".more")
        all_names = names + (more.read_text().split() if more.exists() else [])
        result = {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in all_names]}
    elif method == "tools/call":
        result = {"content": [], "structuredContent": message["params"]}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


class Project:
    """A config whose servers are tiny and keep a log."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "mcp_config.json"
        self.servers: dict[str, Any] = {}
        (root / "server.py").write_text(SERVER)

    def add(self, name: str, *tools: str, **entry: Any) -> None:
        args = [str(self.root / "server.py"), str(self._log_file(name)), *tools]
        self.servers[name] = {"command": sys.executable, "args": args, **entry}
        self.config.write_text(json.dumps({"mcpServers": self.servers}))

    def offer_also(self, name: str, tool: str) -> None:
        Path(f"{self._log_file(name)}.more").write_text(tool)

    def log(self, name: str) -> list[str]:
        file = self._log_file(name)
        return file.read_text().split() if file.exists() else []

    def _log_file(self, name: str) -> Path:
        return self.root / f"log-{name}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.add("one", "read", "write")
    return project


@pytest.fixture
async def manager(project: Project) -> AsyncIterator[McpClientManager]:
    manager = McpClientManager()
    await manager.initialize(project.config)
    yield manager
    await manager.cleanup()


# Names and state.


def test_a_new_manager_has_no_config_no_clients_and_no_tools() -> None:
    manager = McpClientManager()
    assert (manager._clients, manager._tool_cache) == ({}, {})
    assert (manager._config, manager._initialized) == (None, False)


@pytest.mark.parametrize("attribute", ["root", "servers_dir"])
def test_places_are_not_known_before_a_config_is(attribute: str) -> None:
    with pytest.raises(ConfigurationError, match=r"call initialize\(\) first"):
        getattr(McpClientManager(), attribute)


async def test_initializing_loads_the_config_and_starts_nothing(
    project: Project, manager: McpClientManager
) -> None:
    assert manager._initialized
    assert manager._config is not None
    assert list(manager._config.servers) == ["one"]
    assert (manager.root, manager.servers_dir) == (project.root, project.root / "src" / "servers")
    assert manager._clients == {}
    assert project.log("one") == []


async def test_the_first_call_connects_lists_once_and_later_ones_use_what_is_there(
    project: Project, manager: McpClientManager
) -> None:
    for _ in range(2):
        await manager.call_tool("one__read", {"a": 1})
    assert project.log("one") == [
        *("started", "initialize", "notifications/initialized", "tools/list"),
        *("tools/call", "tools/call"),
    ]
    assert list(manager._clients) == ["one"]
    assert list(manager._tool_cache["one"]) == ["read", "write"]


async def test_the_answer_and_the_arguments_pass_as_they_are(manager: McpClientManager) -> None:
    arguments = {"text": "ü\n🙂\u2028", "list": [1, None, 1.5, {"x": True}], "big": 2**70}
    answer = await manager.call_tool("one__read", arguments)
    assert answer == {"name": "read", "arguments": arguments}


async def test_no_params_are_no_arguments(manager: McpClientManager) -> None:
    assert (await manager.call_tool("one__read"))["arguments"] == {}


async def test_connecting_gives_the_connection_that_calls_use(manager: McpClientManager) -> None:
    connection = await io_thread().run(manager._connect_to_server("one"))
    assert connection.alive
    await manager.call_tool("one__read")
    assert manager._clients["one"] is connection


async def test_initializing_twice_with_the_same_file_changes_nothing(
    project: Project, manager: McpClientManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    await manager.call_tool("one__read")
    config, connection = manager._config, manager._clients["one"]
    monkeypatch.chdir(project.root)
    for path in (project.config, str(project.config), "mcp_config.json", None):
        await manager.initialize(path)
    assert manager._config is config
    assert manager._clients["one"] is connection
    assert connection.alive


async def test_initializing_with_another_file_replaces_the_config_and_closes_the_connections(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("one__read")
    connection = manager._clients["one"]
    other = project.root / "other.json"
    other.write_text('{"mcpServers": {"two": {"command": "x"}}}')
    await manager.initialize(other)
    assert not connection.alive
    assert (manager._clients, manager._tool_cache) == ({}, {})
    with pytest.raises(ToolNotFoundError, match="no server 'one'"):
        await manager.call_tool("one__read")


async def test_a_file_that_cannot_be_used_leaves_the_config_in_force_as_it_is(
    project: Project, manager: McpClientManager
) -> None:
    broken = project.root / "broken.json"
    broken.write_text("{")
    with pytest.raises(ConfigurationError, match=r"broken[.]json: line 1"):
        await manager.initialize(broken)
    assert await manager.call_tool("one__read")


async def test_after_cleanup_the_server_is_gone_and_the_next_call_starts_another(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("one__read")
    connection = manager._clients["one"]
    await manager.cleanup()
    assert not connection.alive
    assert manager._clients == {}
    await manager.call_tool("one__read")
    assert project.log("one").count("started") == 2


async def test_a_call_initializes_by_itself(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_CONFIG", str(project.config))
    manager = McpClientManager()
    try:
        assert (await manager.call_tool("one__read"))["name"] == "read"
    finally:
        await manager.cleanup()


def test_code_without_a_loop_initializes_and_calls(project: Project) -> None:
    manager = McpClientManager()
    manager.initialize_sync(project.config)
    assert manager.call_tool_sync("one__read", {"a": 1})["arguments"] == {"a": 1}
    asyncio.run(manager.cleanup())


# Identifiers.


async def test_the_longest_server_name_that_fits_counts(project: Project) -> None:
    project.add("a", "b__c", "x")
    project.add("a__b", "c")
    manager = McpClientManager()
    await manager.initialize(project.config)
    try:
        assert (await manager.call_tool("a__b__c"))["name"] == "c"
        assert (await manager.call_tool("a__x"))["name"] == "x"
        assert (project.log("a").count("tools/call"), project.log("a__b").count("tools/call")) == (
            1,
            1,
        )
    finally:
        await manager.cleanup()


@pytest.mark.parametrize("identifier", ["", "read", "one", "one_read", "one.read"])
async def test_what_is_no_identifier_is_told_with_its_form(
    manager: McpClientManager, identifier: str
) -> None:
    with pytest.raises(ToolNotFoundError, match="is no tool identifier: write server__tool"):
        await manager.call_tool(identifier)


@pytest.mark.parametrize("identifier", ["on__read", "__read", "One__read"])
async def test_an_unknown_server_is_told_with_the_config_and_the_known_ones(
    project: Project, manager: McpClientManager, identifier: str
) -> None:
    with pytest.raises(ToolNotFoundError) as caught:
        await manager.call_tool(identifier)
    assert f"no server '{identifier.partition('__')[0]}' in {project.config}" in str(caught.value)
    assert "'one'" in str(caught.value)
    assert project.log("one") == []


async def test_an_unknown_tool_is_asked_for_once_more_before_it_is_told(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("one__read")
    with pytest.raises(ToolNotFoundError, match="has no tool 'rea'; did you mean 'read'"):
        await manager.call_tool("one__rea")
    assert project.log("one").count("tools/list") == 2
    assert project.log("one").count("tools/call") == 1


async def test_a_tool_that_the_server_has_since_got_is_found(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("one__read")
    project.offer_also("one", "fresh")
    assert (await manager.call_tool("one__fresh"))["name"] == "fresh"
    await manager.call_tool("one__fresh")
    assert project.log("one").count("tools/list") == 2


async def test_many_unknown_tools_at_once_ask_for_the_list_once(
    project: Project, manager: McpClientManager
) -> None:
    calls = [manager.call_tool(f"one__no{i}") for i in range(10)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(answer) for answer in answers} == {ToolNotFoundError}
    assert project.log("one").count("tools/list") == 1


async def test_a_disabled_server_is_told_as_that_and_never_starts(project: Project) -> None:
    project.add("off", "read", disabled=True)
    manager = McpClientManager()
    await manager.initialize(project.config)
    for work in (manager.call_tool("off__read"), manager.list_tools("off")):
        with pytest.raises(ConfigurationError, match=r'is disabled in .*; remove its "disabled"'):
            await work
    try:
        assert list(await manager.list_all_tools()) == ["one"]
    finally:
        await manager.cleanup()
    assert project.log("off") == []


async def test_a_hidden_tool_does_not_exist_for_scripts(project: Project) -> None:
    project.add("part", "read", "write", "write_all", blockedTools=["write*"])
    manager = McpClientManager()
    await manager.initialize(project.config)
    try:
        assert [tool["name"] for tool in await manager.list_tools("part")] == ["read"]
        with pytest.raises(ToolNotFoundError, match="the config hides tools of that name") as e:
            await manager.call_tool("part__write")
    finally:
        await manager.cleanup()
    assert "write_all" not in str(e.value)
    assert "tools/call" not in project.log("part")


# Listing.


async def test_every_server_that_can_be_reached_is_listed_and_the_others_are_warned_of(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.add("two", "x")
    project.add("dead", command="no-such-command")
    manager = McpClientManager()
    await manager.initialize(project.config)
    try:
        tools = await manager.list_all_tools()
    finally:
        await manager.cleanup()
    assert {name: [tool["name"] for tool in listed] for name, listed in tools.items()} == {
        "one": ["read", "write"],
        "two": ["x"],
    }
    assert any("no command 'no-such-command'" in r.getMessage() for r in caplog.records)


async def test_listing_asks_the_server_each_time(
    project: Project, manager: McpClientManager
) -> None:
    await manager.list_tools("one")
    project.offer_also("one", "fresh")
    assert [t["name"] for t in await manager.list_tools("one")] == ["read", "write", "fresh"]


async def test_listing_an_unknown_server_is_told(manager: McpClientManager) -> None:
    with pytest.raises(ToolNotFoundError, match=r"no server 'on'.*did you mean 'one'"):
        await manager.list_tools("on")


# Params.


@pytest.mark.parametrize(
    "params",
    [
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": {1, 2}},
        {"x": object()},
        {"x": "\ud800"},
        {"x": b"bytes"},
        {(1, 2): "x"},
    ],
)
async def test_params_that_json_has_no_form_for_are_refused_before_anything_starts(
    project: Project, manager: McpClientManager, params: dict[str, Any]
) -> None:
    with pytest.raises(SchemaValidationError, match="are not JSON, and nothing was sent") as caught:
        await manager.call_tool("one__read", params)
    assert caught.value.value is params
    assert project.log("one") == []


async def test_params_that_refer_to_themselves_are_refused(manager: McpClientManager) -> None:
    params: dict[str, Any] = {}
    params["x"] = params
    with pytest.raises(SchemaValidationError, match="nothing was sent"):
        await manager.call_tool("one__read", params)


# The one manager of the process.


@pytest.fixture
def _no_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_client, "_manager", None)


@pytest.mark.usefixtures("_no_manager")
def test_a_race_of_threads_makes_one_manager() -> None:
    barrier = threading.Barrier(16)
    found: list[McpClientManager] = []

    def race() -> None:
        barrier.wait()
        found.append(get_mcp_client_manager())

    threads = [threading.Thread(target=race) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(map(id, found))) == 1


@pytest.mark.usefixtures("_no_manager")
async def test_the_functions_call_through_the_one_manager(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_CONFIG", str(project.config))
    try:
        assert (await call_mcp_tool("one__read", {"a": 1}))["arguments"] == {"a": 1}
        answer = await asyncio.to_thread(call_mcp_tool_sync, "one__write")
        assert answer["name"] == "write"
        assert list(get_mcp_client_manager()._clients) == ["one"]
    finally:
        await get_mcp_client_manager().cleanup()
    assert project.log("one").count("started") == 1


def test_closing_ends_the_connections_of_every_manager(project: Project) -> None:
    manager = McpClientManager()
    manager.initialize_sync(project.config)
    manager.call_tool_sync("one__read")
    connection = manager._clients["one"]
    mcp_client.close_connections()
    assert not connection.alive


async def test_a_server_that_leaves_is_started_anew_by_the_next_call(
    project: Project, manager: McpClientManager
) -> None:
    await manager.call_tool("one__read")
    connection = manager._clients["one"]
    await io_thread().run(connection.close())
    await manager.call_tool("one__read")
    assert manager._clients["one"] is not connection
    assert project.log("one").count("started") == 2


async def test_a_call_on_a_connection_that_has_ended_says_to_call_again(
    manager: McpClientManager,
) -> None:
    await manager.call_tool("one__read")
    connection = manager._clients["one"]
    await io_thread().run(connection.close())
    tool = {"name": "read", "inputSchema": {}}
    with pytest.raises(ServerConnectionError, match="is not connected; call again to reconnect"):
        await io_thread().run(connection.call_tool(tool, {}, 5))
