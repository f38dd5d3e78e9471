"""The real git server, end to end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runtime.exceptions import ToolExecutionError
from runtime.mcp_client import McpClientManager
from tests.project import Project


@pytest.fixture
def repository(project: Project) -> Path:
    """A repository with two commits, served by ``git``."""
    folder = project.root / "repository"
    folder.mkdir()
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    for command in (
        ("init", "-q", "-b", "main"),
        (*identity, "commit", "-q", "--allow-empty", "-m", "first"),
        (*identity, "commit", "-q", "--allow-empty", "-m", "second\n\nÄnderung"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    project.add_server("git", command="mcp-server-git", args=["--repository", str(folder)])
    return folder


async def test_the_log_of_a_repository_is_read(repository: Path, manager: McpClientManager) -> None:
    log = await manager.call_tool("git__git_log", {"repo_path": str(repository), "max_count": 5})
    assert "second" in log
    assert "Änderung" in log
    assert log.index("second") < log.index("first")


async def test_a_commit_is_made(repository: Path, manager: McpClientManager) -> None:
    (repository / "new.txt").write_text("new")
    params = {"repo_path": str(repository)}
    assert "new.txt" in await manager.call_tool("git__git_status", params)
    await manager.call_tool("git__git_add", {**params, "files": ["new.txt"]})
    assert "+new" in await manager.call_tool("git__git_diff_staged", params)


async def test_its_tools_are_listed(repository: Path, manager: McpClientManager) -> None:
    tools = {tool["name"]: tool for tool in await manager.list_tools("git")}
    assert len(tools) == 12
    assert "repo_path" in tools["git_log"]["inputSchema"]["properties"]


@pytest.mark.parametrize("params", [{}, {"repo_path": 5}, {"repo_path": "/nowhere"}])
async def test_wrong_params_are_an_error_with_the_server_s_words(
    repository: Path, manager: McpClientManager, params: dict[str, object]
) -> None:
    with pytest.raises(ToolExecutionError, match=r"repo_path|/nowhere"):
        await manager.call_tool("git__git_log", params)
    assert await manager.call_tool("git__git_status", {"repo_path": str(repository)})
