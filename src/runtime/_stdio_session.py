"""The protocol over stdio, without the SDK: a handshake, two requests, and cancellation.

Importing the SDK takes longer than most servers take to start, and its dispatcher is the limit of
how many calls pass in a second; over lines of JSON there is little else for it to do. What this
does not speak (the 2026-07-28 protocol, for a server that speaks nothing older) the SDK does: see
`_sdk_session`. Written after the protocol's specification 2025-11-25, "Lifecycle" and "Tools".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from . import __version__
from ._lines import Lines
from ._protocol import MalformedAnswerError
from ._rpc import RpcPeer, reading
from ._text import printable

PROTOCOL_VERSION = "2025-11-25"


@asynccontextmanager
async def open_stdio_session(
    lines: Lines, on_end: Callable[[], None]
) -> AsyncIterator[StdioSession]:
    """A session over ``lines``, its handshake done; ``on_end`` is called when the server stops
    talking.

    Raises:
        RpcError: the server refuses ``initialize``.
        SessionLostError: it left instead of answering.
        MalformedAnswerError: it answered something else.
    """
    peer = RpcPeer(lines)
    async with reading(peer, on_end):
        session = StdioSession(peer)
        await session.handshake()
        yield session


class StdioSession:
    """What a server does for us, as requests to its process."""

    def __init__(self, peer: RpcPeer) -> None:
        self._peer = peer
        self._description = "a server"

    @property
    def description(self) -> str:
        return self._description

    async def handshake(self) -> None:
        """``initialize``, and the notification that it is done."""
        info = {"name": "mcp-execution", "version": __version__}
        params = {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": info}
        result = await self._peer.request("initialize", params, cancellable=False)
        version, server = result.get("protocolVersion"), result.get("serverInfo")
        if not isinstance(version, str):
            raise MalformedAnswerError("initialize was answered without a protocol version")
        name = server if isinstance(server, dict) else {}
        self._description = printable(
            f"{name.get('name')} {name.get('version')}, protocol {version}", 200
        )
        await self._peer.notify("notifications/initialized")

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return await self._peer.request("tools/call", {"name": name, "arguments": arguments})

    async def list_page(self, cursor: str | None) -> dict[str, Any]:
        params = {} if cursor is None else {"cursor": cursor}
        return await self._peer.request("tools/list", params)
