"""The servers that are measured against: how to start each, and a call that it answers."""

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).parent.parent


class Server(NamedTuple):
    """A stdio server and a call of one of its tools."""

    command: list[str]
    tool: str
    params: dict[str, Any]

    @property
    def entry(self) -> dict[str, Any]:
        """What the config says of it."""
        return {"command": self.command[0], "args": self.command[1:], "cwd": str(REPOSITORY)}


def echo(tools: int = 2) -> Server:
    """A server of the standard library with that many tools: what it takes is hardly its own."""
    script = str(Path(__file__).with_name("echo_server.py"))
    return Server([sys.executable, script, str(tools)], "echo", {"text": "hello"})


def _git() -> Server:
    program = shutil.which("mcp-server-git", path=str(Path(sys.executable).parent))
    assert program is not None, "uv sync installs the git server"
    call = {"repo_path": str(REPOSITORY)}
    return Server([program, "--repository", str(REPOSITORY)], "git_status", call)


SERVERS = {
    "echo": echo(),
    "git": _git(),
    "everything": Server(
        ["npx", "-y", "@modelcontextprotocol/server-everything@2026.8.31"],
        "echo",
        {"message": "hello"},
    ),
}
