"""Fixtures for tests against real servers."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.mcp_client import McpClientManager
from tests.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with the adversary as its one server; no process of it may outlive the test."""
    project = Project(tmp_path)
    project.add_adversary()
    yield project
    project.end_hosts()
    project.assert_no_process_left()


@pytest.fixture
async def manager(project: Project) -> AsyncIterator[McpClientManager]:
    """A manager for ``project``, whose config is read at the first call."""
    manager = McpClientManager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MCP_CONFIG", str(project.config_path))
        yield manager
        await manager.cleanup()


@pytest.fixture
def hosted() -> Iterator[Path]:
    """Scripts keep their connections in hosts, which live in this folder and end with the test."""
    with (
        tempfile.TemporaryDirectory(prefix="mcp-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("MCP_KEEP_ALIVE", "60")
        yield Path(folder)


@pytest.fixture(params=["in process", "in a host"])
def mode(request: pytest.FixtureRequest) -> None:
    """Runs a test twice: with the connections in the script's process, and with them in a host."""
    if request.param == "in a host":
        request.getfixturevalue("hosted")
