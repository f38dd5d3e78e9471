"""What scripts and their host say to each other: JSON-RPC over a Unix socket, errors included."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

from .. import exceptions
from .._lines import LineQueue
from ..exceptions import McpExecutionError, SchemaValidationError, ToolExecutionError

FAILED_CALL = -32000
"""The JSON-RPC code of an answer that is one of our exceptions; its data says which."""
LEAVING = "leaving"
"""The notification of a host that will leave: finish what is under way, and come no more."""

_LOCAL_PEERCRED = 1
_XUCRED_SIZE = 76


class SocketLines(asyncio.Protocol):
    """Lines over a connected socket."""

    def __init__(self, on_connect: Callable[[SocketLines], None] | None = None) -> None:
        self._on_connect = on_connect
        self._transport: asyncio.Transport | None = None
        self._lines = LineQueue(
            pause=lambda: self._connected().pause_reading(),
            resume=lambda: self._connected().resume_reading(),
        )
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._on_connect is not None:
            self._on_connect(self)

    def data_received(self, data: bytes) -> None:
        self._lines.feed(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._lines.end()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def read_line(self) -> bytes | None:
        return await self._lines.read()

    async def write_line(self, line: bytes) -> None:
        self.post_line(line)
        await self._writable.wait()

    def post_line(self, line: bytes) -> None:
        if self._connected().is_closing():
            raise BrokenPipeError(errno.EPIPE, "the other side has left")
        self._connected().write(line + b"\n")

    def close(self) -> None:
        self._connected().close()

    def peer_uid(self) -> int:
        """The user whose process is at the other end."""
        return _peer_uid(self._connected().get_extra_info("socket"))

    def _connected(self) -> asyncio.Transport:
        assert self._transport is not None, "not connected"
        return self._transport


def _peer_uid(connected: socket.socket) -> int:
    if hasattr(socket, "SO_PEERCRED"):
        layout = "3i"  # struct ucred: process, user, group
        option = (socket.SOL_SOCKET, socket.SO_PEERCRED)
    else:
        layout = "2I"  # macOS and the BSDs, struct xucred: version, user, ...
        option = (0, _LOCAL_PEERCRED)
    credentials = connected.getsockopt(*option, _XUCRED_SIZE)
    uid: int = struct.unpack_from(layout, credentials)[1]
    return uid


def error_data(error: McpExecutionError) -> dict[str, Any]:
    """One of our exceptions, as the data of an error answer."""
    data: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, ToolExecutionError):
        data |= {"content": error.content, "code": error.code}
    elif isinstance(error, SchemaValidationError):
        data["value"] = error.value
    return data


def error_from(data: Any) -> McpExecutionError:
    """The exception that `error_data` was made from."""
    kind = getattr(exceptions, data["type"], McpExecutionError)
    if kind is ToolExecutionError:
        return ToolExecutionError(data["message"], content=data["content"], code=data["code"])
    if kind is SchemaValidationError:
        return SchemaValidationError(data["message"], value=data["value"])
    error: McpExecutionError = kind(data["message"])
    return error
