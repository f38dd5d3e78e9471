"""Servers that npx fetches and starts: the real filesystem and everything servers."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from runtime.exceptions import ToolExecutionError
from runtime.mcp_client import McpClientManager
from tests.processes import wait_until
from tests.project import Project

pytestmark = pytest.mark.skipif(shutil.which("npx") is None, reason="npx is not installed")


@pytest.fixture
def npx(project: Project, manager: McpClientManager) -> McpClientManager:
    """A manager of both servers; ``filesystem`` serves the project's folder."""
    for name, argument in (("filesystem", "."), ("everything", "stdio")):
        package = f"@modelcontextprotocol/server-{name}@2026.8.31"
        project.add_server(name, command="npx", args=["-y", package, argument])
    return manager


async def test_files_are_written_listed_and_read(project: Project, npx: McpClientManager) -> None:
    path = str(project.root / "näme.txt")
    await npx.call_tool("filesystem__write_file", {"path": path, "content": "line\nline 2\n"})
    read = await npx.call_tool("filesystem__read_text_file", {"path": path, "head": 1})
    assert read == {"content": "line"}
    listed = await npx.call_tool("filesystem__list_directory", {"path": str(project.root)})
    assert "[FILE] näme.txt" in listed["content"]
    with pytest.raises(ToolExecutionError, match="outside allowed directories"):
        await npx.call_tool("filesystem__read_text_file", {"path": "/etc/passwd"})


async def test_answers_of_every_kind_arrive(npx: McpClientManager) -> None:
    assert await npx.call_tool("everything__echo", {"message": "hé"}) == "Echo: hé"
    assert "is 5" in await npx.call_tool("everything__get-sum", {"a": 2, "b": 3})
    weather = await npx.call_tool("everything__get-structured-content", {"location": "Chicago"})
    assert set(weather) == {"temperature", "conditions", "humidity"}
    blocks = await npx.call_tool("everything__get-tiny-image")
    assert [block["type"] for block in blocks] == ["text", "image", "text"]
    links = await npx.call_tool("everything__get-resource-links", {"count": 2})
    assert [block["type"] for block in links] == ["text", "resource_link", "resource_link"]


async def test_a_long_call_can_be_cancelled(npx: McpClientManager) -> None:
    await npx.call_tool("everything__echo", {"message": "m"})
    params = {"duration": 600, "steps": 600}
    call = asyncio.create_task(npx.call_tool("everything__trigger-long-running-operation", params))
    assert await npx.call_tool("everything__echo", {"message": "m"}) == "Echo: m"
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await npx.call_tool("everything__echo", {"message": "n"}) == "Echo: n"


async def test_wrong_params_are_an_error_with_the_server_s_words(npx: McpClientManager) -> None:
    with pytest.raises(ToolExecutionError, match="expected number"):
        await npx.call_tool("everything__get-sum", {"a": "two"})


async def test_all_that_npx_started_is_gone_after_cleanup(
    project: Project, npx: McpClientManager
) -> None:
    await npx.call_tool("everything__echo", {"message": "m"})
    assert len(project.processes()) >= 3, "the supervisor, npx, and the server below it"
    await npx.cleanup()
    wait_until(lambda: not project.processes(), patience=10)
