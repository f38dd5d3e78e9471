"""Fixtures for tests against real servers."""

from __future__ import annotations

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
    project.assert_no_process_left()


@pytest.fixture
async def manager(project: Project) -> AsyncIterator[McpClientManager]:
    """A manager for ``project``, whose config is read at the first call."""
    manager = McpClientManager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MCP_CONFIG", str(project.config_path))
        yield manager
        await manager.cleanup()
