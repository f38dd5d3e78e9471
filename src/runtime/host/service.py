"""The host's side: answers scripts with the connections that it holds, until it has been idle."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from .. import __version__
from .._rpc import Message, encoded, parsed
from ..exceptions import McpExecutionError
from ..mcp_client import McpClientManager
from .wire import FAILED_CALL, LEAVING, SocketLines, error_data

logger = logging.getLogger(__name__)

_WATCH_INTERVAL = 1.0
_FAREWELL = 2.0
"""Seconds that scripts have to leave a host that is leaving."""
_METHOD_NOT_FOUND = -32601


Answers = dict[Any, "asyncio.Task[None]"]


class HostService:
    """Serves scripts over connected sockets. Runs on one loop, with one manager."""

    def __init__(self, manager: McpClientManager, config_path: Path, keep_alive: float) -> None:
        self._manager = manager
        self._config_path = config_path
        self._keep_alive = keep_alive
        self._started = time.time()
        self._last_use = time.monotonic()
        self._calls = 0
        self._under_way = 0
        self._scripts: dict[SocketLines, asyncio.Task[None]] = {}
        self._over = asyncio.Event()
        self._methods: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "hello": self._hello,
            "ping": self._ping,
            "call": self._call,
            "tools": self._tools,
            "all_tools": self._all_tools,
            "status": self._status,
            "stop": self._stop,
        }

    async def until_over(self) -> None:
        """Returns when the host should leave: idle for long enough, told to, or without config."""
        while not self._over.is_set():
            if not self._config_path.exists():
                logger.info("leaving: %s is gone", self._config_path)
                return
            idle = time.monotonic() - self._last_use
            if not self._under_way and idle >= self._keep_alive:
                logger.info("leaving: idle for %.0f s", idle)
                return
            pause = max(0.0, self._keep_alive - idle) if not self._under_way else _WATCH_INTERVAL
            try:
                await asyncio.wait_for(self._over.wait(), min(pause, _WATCH_INTERVAL) + 0.01)
            except TimeoutError:
                continue

    async def farewell(self) -> None:
        """Tells the scripts to come no more, waits for those that have a call under way, and
        closes all connections."""
        for lines in list(self._scripts):
            with contextlib.suppress(BrokenPipeError):
                lines.post_line(encoded({"method": LEAVING}))
        if self._scripts:
            await asyncio.wait(self._scripts.values(), timeout=_FAREWELL)
        for lines in list(self._scripts):
            lines.close()
        await self._manager.cleanup()

    def connected(self, lines: SocketLines) -> None:
        """Takes a script's connection, if it is of this user."""
        if lines.peer_uid() != os.getuid():
            logger.warning("refused a connection of user %d", lines.peer_uid())
            lines.close()
            return
        task = self._scripts[lines] = asyncio.get_running_loop().create_task(self._serve(lines))
        task.add_done_callback(lambda _: self._scripts.pop(lines, None))

    async def _serve(self, lines: SocketLines) -> None:
        """Answers one script until it leaves; what it still has under way is then cancelled."""
        answers: Answers = {}
        try:
            while (line := await lines.read_line()) is not None:
                message = parsed(line)
                if message is None:
                    continue
                if message.get("method") == "notifications/cancelled":
                    self._cancel(answers, message)
                    continue
                key = message.get("id")
                answers[key] = asyncio.create_task(self._answer(lines, message))
                answers[key].add_done_callback(functools.partial(_forget, answers, key))
        finally:
            for answer in list(answers.values()):
                answer.cancel()
            lines.close()

    @staticmethod
    def _cancel(answers: Answers, message: Message) -> None:
        answer = answers.get((message.get("params") or {}).get("requestId"))
        if answer is not None:
            answer.cancel()

    async def _answer(self, lines: SocketLines, message: Message) -> None:
        reply: Message = {"id": message.get("id")}
        method = self._methods.get(str(message.get("method")))
        if method is None:
            reply["error"] = {"code": _METHOD_NOT_FOUND, "message": "no such method"}
        else:
            try:
                reply["result"] = await method(message.get("params") or {})
            except McpExecutionError as error:
                words = str(error)
                reply["error"] = {"code": FAILED_CALL, "message": words, "data": error_data(error)}
        try:
            await lines.write_line(encoded(reply))
        except BrokenPipeError:
            logger.debug("a script left before its answer")

    # The methods.

    async def _hello(self, params: dict[str, Any]) -> Any:
        if params["keepAlive"] is not None:
            self._keep_alive = float(params["keepAlive"])
            self._last_use = time.monotonic()
        return {"pid": os.getpid(), "version": __version__}

    async def _ping(self, _params: dict[str, Any]) -> Any:
        return {}

    async def _call(self, params: dict[str, Any]) -> Any:
        self._calls += 1
        return await self._used(self._manager.call_tool(params["identifier"], params["arguments"]))

    async def _tools(self, params: dict[str, Any]) -> Any:
        return await self._used(self._manager.list_tools(params["server"]))

    async def _all_tools(self, _params: dict[str, Any]) -> Any:
        return await self._used(self._manager.list_all_tools())

    async def _used(self, request: Awaitable[Any]) -> Any:
        """The value of ``request``, during which this host is not idle."""
        self._under_way += 1
        try:
            return {"value": await request}
        finally:
            self._under_way -= 1
            self._last_use = time.monotonic()

    async def _status(self, _params: dict[str, Any]) -> Any:
        return {
            "value": {
                "pid": os.getpid(),
                "version": __version__,
                "config": str(self._config_path),
                "uptime": time.time() - self._started,
                "idle": 0.0 if self._under_way else time.monotonic() - self._last_use,
                "keepAlive": self._keep_alive,
                "calls": self._calls,
                "scripts": len(self._scripts) - 1,
                "servers": self._manager.connected_servers(),
            }
        }

    async def _stop(self, _params: dict[str, Any]) -> Any:
        logger.info("leaving: told to")
        self._over.set()
        return {"value": None}


def _forget(answers: Answers, key: Any, answer: asyncio.Task[None]) -> None:
    if answers.get(key) is answer:
        del answers[key]
