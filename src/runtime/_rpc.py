"""The protocol over stdio, without the SDK: a handshake, two requests, and cancellation.

Importing the SDK takes longer than most servers take to start, and its dispatcher is the limit of
how many calls pass in a second; over lines of JSON there is little else for it to do. What this
does not speak (the 2026-07-28 protocol, for a server that speaks nothing older) the SDK does: see
`_session`. Written after the protocol's specification 2025-11-25, "Base Protocol" and "Tools".
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from . import __version__
from ._protocol import MalformedAnswerError, RpcError, SessionLostError
from ._stdio import ServerProcess
from ._text import printable, quoted

logger = logging.getLogger(__name__)

PROTOCOL_VERSION = "2025-11-25"
_METHOD_NOT_FOUND = -32601
_UNKNOWN_CODE = 0

Message = dict[str, Any]


@asynccontextmanager
async def open_rpc_session(
    process: ServerProcess, on_end: Callable[[], None]
) -> AsyncIterator[RpcSession]:
    """A session over the lines of ``process``, its handshake done; ``on_end`` is called when the
    server stops talking.

    Raises:
        RpcError: the server refuses ``initialize``.
        SessionLostError: it left instead of answering.
        MalformedAnswerError: it answered something else.
    """
    session = RpcSession(process)
    reader = asyncio.create_task(session.read())
    reader.add_done_callback(lambda _: on_end())
    try:
        await session.handshake()
        yield session
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


class RpcSession:
    """Requests on their way, and the answers to them."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._over = False
        self._description = "a server"

    @property
    def description(self) -> str:
        return self._description

    async def handshake(self) -> None:
        """``initialize``, and the notification that it is done."""
        info = {"name": "mcp-execution", "version": __version__}
        params = {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": info}
        result = await self._request("initialize", params)
        version, server = result.get("protocolVersion"), result.get("serverInfo")
        if not isinstance(version, str):
            raise MalformedAnswerError("initialize was answered without a protocol version")
        name = server if isinstance(server, dict) else {}
        self._description = printable(
            f"{name.get('name')} {name.get('version')}, protocol {version}", 200
        )
        await self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return await self._request("tools/call", {"name": name, "arguments": arguments})

    async def list_page(self, cursor: str | None) -> dict[str, Any]:
        return await self._request("tools/list", {} if cursor is None else {"cursor": cursor})

    async def _request(self, method: str, params: Message) -> dict[str, Any]:
        if self._over:
            raise SessionLostError
        request_id = next(self._ids)
        answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            await self._send(
                {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
            )
            return _result(await answer)
        except asyncio.CancelledError:
            if method != "initialize":  # which the protocol forbids to cancel
                self._cancel(request_id)
            raise
        finally:
            del self._waiting[request_id]

    async def _send(self, message: Message) -> None:
        line = json.dumps(message, separators=(",", ":"), allow_nan=False)
        try:
            await self._process.write_line(line.encode())
        except BrokenPipeError as error:
            raise SessionLostError from error

    def _cancel(self, request_id: int) -> None:
        params = {"requestId": request_id, "reason": "the caller gave up"}
        message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
        self._post(message)

    def _post(self, message: Message) -> None:
        """Sends without waiting for the server to read; nobody needs to know if it cannot."""
        with contextlib.suppress(BrokenPipeError):
            self._process.post_line(json.dumps(message, separators=(",", ":")).encode())

    # What comes in.

    async def read(self) -> None:
        """Hands out what the server says until it stops; then those who wait learn of it."""
        try:
            while (line := await self._process.read_line()) is not None:
                if (message := parsed(line)) is not None:
                    self._receive(message)
        finally:
            self._over = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(SessionLostError())
                    answer.exception()  # seen, also when its caller has just given up

    def _receive(self, message: Message) -> None:
        if "method" in message:
            self._answer_server(message)
            return
        answer = self._waiting.get(_number(message.get("id")))
        if answer is not None and not answer.done():
            answer.set_result(message)
        else:
            logger.debug("an answer that nobody waits for: id %s", quoted(message.get("id")))

    def _answer_server(self, message: Message) -> None:
        """A server may ask for a ping; for anything else this client has no capability."""
        if "id" not in message:
            logger.debug("notification %s", quoted(message["method"]))
            return
        reply: Message = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] == "ping":
            reply["result"] = {}
        else:
            reply["error"] = {"code": _METHOD_NOT_FOUND, "message": "not supported by this client"}
        self._post(reply)


def parsed(line: bytes) -> Message | None:
    """The message on one line of stdout; None, and a log entry, for anything else."""
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        logger.debug("not a message: %s", quoted(text))
        return None
    if not isinstance(message, dict):
        logger.warning("a message of no known shape: %s", quoted(text))
        return None
    return message


def _number(request_id: Any) -> int:
    """The id as it was given out: some servers send numbers back as strings. -1 for none."""
    if isinstance(request_id, str) and request_id.isdecimal():
        return int(request_id)
    is_number = isinstance(request_id, int) and not isinstance(request_id, bool)
    return request_id if is_number else -1


def _result(message: Message) -> dict[str, Any]:
    error, result = message.get("error"), message.get("result")
    if isinstance(error, dict):
        code, words = error.get("code"), error.get("message")
        raise RpcError(code if isinstance(code, int) else _UNKNOWN_CODE, str(words))
    if not isinstance(result, dict):
        raise MalformedAnswerError("the answer holds neither a result nor an error")
    return result
