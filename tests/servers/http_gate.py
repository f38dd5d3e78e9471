"""Servers on loopback, in a thread of the test: what they were sent can be read, and what they
answer can be replaced."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATIENCE = 3.0
"""Seconds that a server has to finish before it is cut off."""


@dataclass(frozen=True)
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    message: dict[str, Any]
    """The JSON-RPC message in its body; empty where there is none."""

    @property
    def rpc(self) -> str | None:
        """The JSON-RPC method."""
        return self.message.get("method")


Rule = Callable[[Seen], ASGIApp | None]


class Gate:
    """Keeps what is sent to ``app``, and answers in its place where ``rule`` gives an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seen: list[Seen] = []
        self.rule: Rule = lambda _: None
        self.url = ""
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.stop: Callable[[], None] = lambda: None
        """Ends the server, and drops its sockets."""
        self.connections: set[Any] = set()
        """Those of uvicorn, which has no other way to drop one."""

    def drop_sockets(self) -> None:
        """Ends every connection in the middle of what it does; called on the server's loop."""
        for connection in list(self.connections):
            connection.transport.abort()

    def of(self, rpc: str) -> list[Seen]:
        """The requests that carried one JSON-RPC method."""
        return [seen for seen in self.seen if seen.rpc == rpc]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["connections"] = self.connections
        first: list[Message] = []
        if scope["method"] == "POST":
            first.append(await _whole_body(receive))
        body = first[0]["body"] if first else b""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = Seen(scope["method"], scope["path"], headers, json.loads(body) if body else {})
        self.seen.append(seen)

        async def replayed() -> Message:
            return first.pop() if first else await receive()

        await (self.rule(seen) or self._app)(scope, replayed, send)


async def _whole_body(receive: Receive) -> Message:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return {"type": "http.request", "body": body, "more_body": False}


@contextlib.contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[Gate]:
    """Serves ``app`` behind a gate whose ``url`` has no path yet; at the end all sockets drop."""
    gate = Gate(app)
    sock = socket.create_server(("127.0.0.1", port))
    gate.port = sock.getsockname()[1]
    gate.url = f"http://127.0.0.1:{gate.port}"
    config = uvicorn.Config(gate, log_config=None, log_level="critical", ws="none")
    server = uvicorn.Server(config)
    gate.connections = server.server_state.connections
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()

    def stop() -> None:
        server.should_exit = True
        if gate.loop is not None and thread.is_alive():
            gate.loop.call_soon_threadsafe(gate.drop_sockets)
        thread.join(_PATIENCE)
        server.force_exit = True
        thread.join()
        sock.close()

    gate.stop = stop
    try:
        yield gate
    finally:
        stop()


def when(rpc: str, answer: ASGIApp, times: int | None = None) -> Rule:
    """A rule that gives ``answer`` to one JSON-RPC method, at most so many times."""
    left = [times]

    def rule(seen: Seen) -> ASGIApp | None:
        if seen.rpc != rpc or left[0] == 0:
            return None
        if left[0] is not None:
            left[0] -= 1
        return answer

    return rule


def status(code: int, body: str = "", **headers: str) -> ASGIApp:
    """An answer of plain text with a status."""
    return Response(body, code, headers=headers, media_type="text/plain")


async def torn_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins a stream of events, and drops the socket in the middle of one."""
    await _begin_stream(send)
    await send({"type": "http.response.body", "body": b"event: message\nda", "more_body": True})
    raise ConnectionAbortedError


async def torn_refusal(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins to say why it refuses, and drops the socket."""
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"becau", "more_body": True})
    raise ConnectionAbortedError


async def empty_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """A stream of events that ends properly and holds no answer."""
    await _begin_stream(send)
    await send({"type": "http.response.body", "body": b": nothing\n\n"})


async def hung_up(scope: Scope, receive: Receive, send: Send) -> None:
    """Drops the socket without a word."""
    connections: set[Any] = scope["state"]["connections"]
    for connection in list(connections):
        if connection.client == scope["client"]:
            connection.transport.abort()


async def _begin_stream(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


INITIALIZED = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "raw", "version": "1"},
}
TOOL = {"name": "one", "inputSchema": {"type": "object"}}


class RawServer:
    """A server without the SDK: answers each JSON-RPC method with the result that it is given."""

    def __init__(self, **results: Any) -> None:
        self.results: dict[str, Any] = {
            "initialize": INITIALIZED,
            "tools/list": {"tools": [TOOL]},
            "tools/call": {"content": [{"type": "text", "text": "done"}]},
            **{name.replace("_", "/"): result for name, result in results.items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await (await self._response(scope, receive))(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> ASGIApp:
        if scope["method"] != "POST":
            return Response(status_code=405)
        message = json.loads((await receive())["body"])
        if "id" not in message:
            return Response(status_code=202)
        result = self.results.get(message["method"])
        if result is None:
            return JSONResponse(rpc_error(message["id"], -32601, "Method not found"))
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})


def rpc_error(request_id: Any, code: int, message: str, data: Any = None) -> dict[str, Any]:
    """A JSON-RPC error answer."""
    error = {"code": code, "message": message, "data": data}
    return {"jsonrpc": "2.0", "id": request_id, "error": error}
