"""A server of the SDK, over streamable HTTP or legacy SSE.

Run as a program, it is a process of its own that can be killed::

    python -m tests.servers.http_real PORT TRANSPORT
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable

import anyio
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.types import ASGIApp


class RealServer:
    """The tools of the server, and what the test may know of their calls."""

    def __init__(self) -> None:
        self.waiting = threading.Event()
        """Set once `wait` has been called."""
        self.cancelled = threading.Event()
        """Set once a call of `wait` was cancelled."""
        self._crowd = 0
        self._crowd_is_here = anyio.Event()
        self.mcp = MCPServer("real", log_level="CRITICAL")
        tools: list[Callable[..., object]] = [
            *(self.echo, self.fail, self.big, self.wait, self.gather, self.pid)
        ]
        for tool in tools:
            self.mcp.tool()(tool)

    def app(self, transport: str, **options: bool) -> ASGIApp:
        """The ASGI application for one transport of the config."""
        if transport == "sse":
            return self.mcp.sse_app()
        return self.mcp.streamable_http_app(**options)  # type: ignore[arg-type]

    async def echo(self, text: str) -> str:
        """Gives back what it got."""
        return text

    async def fail(self, words: str) -> str:
        """Fails."""
        raise ToolError(words)

    async def big(self, size: int) -> str:
        """A text of so many characters."""
        return "x" * size

    async def wait(self) -> str:
        """Never answers."""
        self.waiting.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.cancelled.set()
        raise AssertionError("unreachable")

    async def gather(self, size: int) -> str:
        """Answers once so many are here."""
        self._crowd += 1
        if self._crowd == size:
            self._crowd_is_here.set()
        await self._crowd_is_here.wait()
        return "here"

    async def pid(self) -> str:
        """The process that answers."""
        return str(os.getpid())


PATHS = {"http": "/mcp", "sse": "/sse"}


def main() -> None:
    port, transport = int(sys.argv[1]), sys.argv[2]
    sock = socket.create_server(("127.0.0.1", port))
    print(sock.getsockname()[1], flush=True)
    config = uvicorn.Config(RealServer().app(transport), log_config=None, ws="none")
    uvicorn.Server(config).run([sock])


if __name__ == "__main__":
    main()
