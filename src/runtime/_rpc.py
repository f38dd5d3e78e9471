"""JSON-RPC 2.0 over lines: requests out, answers back, cancellation, and a ping if asked for."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ._lines import Lines
from ._protocol import MalformedAnswerError, RpcError, SessionLostError
from ._text import quoted

logger = logging.getLogger(__name__)

_METHOD_NOT_FOUND = -32601
_UNKNOWN_CODE = 0

Message = dict[str, Any]


class RpcPeer:
    """Requests on their way, and the answers to them. `read` must be running: see `reading`."""

    def __init__(self, lines: Lines, on_notification: Callable[[str], None] | None = None) -> None:
        self._lines = lines
        self._on_notification = on_notification
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._over = False

    async def request(
        self, method: str, params: Message, cancellable: bool = True
    ) -> dict[str, Any]:
        """The result of one request. Cancelling it sends ``notifications/cancelled``, unless the
        protocol forbids to cancel this one.

        Raises:
            RpcError: the answer is an error.
            SessionLostError: the other side left.
            MalformedAnswerError: the answer is neither a result nor an error.
        """
        if self._over:
            raise SessionLostError
        request_id = next(self._ids)
        answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"id": request_id, "method": method, "params": params})
            return _result(await answer)
        except asyncio.CancelledError:
            if cancellable:
                self._cancel(request_id)
            raise
        finally:
            del self._waiting[request_id]

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    async def notify(self, method: str) -> None:
        """Sends a notification without params.

        Raises:
            SessionLostError: the other side no longer reads.
        """
        await self._send({"method": method})

    async def _send(self, message: Message) -> None:
        try:
            await self._lines.write_line(encoded(message))
        except BrokenPipeError as error:
            raise SessionLostError from error

    def _cancel(self, request_id: int) -> None:
        params = {"requestId": request_id, "reason": "the caller gave up"}
        self._post({"method": "notifications/cancelled", "params": params})

    def _post(self, message: Message) -> None:
        """Sends without waiting for the server to read; nobody needs to know if it cannot."""
        with contextlib.suppress(BrokenPipeError):
            self._lines.post_line(encoded(message))

    # What comes in.

    async def read(self) -> None:
        """Hands out what the other side says until it stops; then those who wait learn of it."""
        try:
            while (line := await self._lines.read_line()) is not None:
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
            self._answer_peer(message)
            return
        answer = self._waiting.get(_number(message.get("id")))
        if answer is not None and not answer.done():
            answer.set_result(message)
        else:
            logger.debug("an answer that nobody waits for: id %s", quoted(message.get("id")))

    def _answer_peer(self, message: Message) -> None:
        """A peer may ask for a ping; for anything else this client has no capability."""
        if "id" not in message:
            logger.debug("notification %s", quoted(message["method"]))
            if self._on_notification is not None:
                self._on_notification(message["method"])
            return
        reply: Message = {"id": message["id"]}
        if message["method"] == "ping":
            reply["result"] = {}
        else:
            reply["error"] = {"code": _METHOD_NOT_FOUND, "message": "not supported by this client"}
        self._post(reply)


@asynccontextmanager
async def reading(peer: RpcPeer, on_end: Callable[[], None]) -> AsyncIterator[None]:
    """Reads for ``peer`` while the block runs; ``on_end`` is called when its other side leaves."""
    reader = asyncio.create_task(peer.read())
    reader.add_done_callback(lambda _: on_end())
    try:
        yield
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


def encoded(message: Message) -> bytes:
    """A message as one line."""
    return json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()


def parsed(line: bytes) -> Message | None:
    """The message on one line; None, and a log entry, for anything else."""
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
        code = error.get("code")
        raise RpcError(
            code if isinstance(code, int) else _UNKNOWN_CODE,
            str(error.get("message")),
            data=error.get("data"),
        )
    if not isinstance(result, dict):
        raise MalformedAnswerError("the answer holds neither a result nor an error")
    return result
