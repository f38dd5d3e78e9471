"""Servers over HTTP: the SDK's transports, with an HTTP client that remembers what went wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.sse import sse_client
from mcp.client.streamable_http import MCP_SESSION_ID, streamable_http_client

from ._protocol import HttpFailure
from ._resolve import HttpTarget
from ._tap import CURRENT

_BODY_KEPT = 2_000
"""Characters of an error response that a message may show."""


def http_streams(
    target: HttpTarget, on_lost: Callable[[], None]
) -> AbstractAsyncContextManager[TransportStreams]:
    """The transport to ``target``; ``on_lost`` is called when a response says that the session is
    over (404 within a session, protocol section "Session Management"), or when the SSE transport
    fails to send."""
    if target.transport == "sse":
        return _sse_streams(target, on_lost)
    return _streamable_streams(target, on_lost)


@asynccontextmanager
async def _streamable_streams(
    target: HttpTarget, on_lost: Callable[[], None]
) -> AsyncIterator[TransportStreams]:
    def failed(request: httpx2.Request, failure: HttpFailure) -> None:
        if failure.status == 404 and MCP_SESSION_ID in request.headers:
            on_lost()

    async with (
        _http_client(target, failed) as client,
        # No limit on an event: the SDK's default of 1 MiB loses larger results.
        streamable_http_client(target.url, http_client=client, max_sse_event_size=None) as streams,
    ):
        yield streams


def _sse_streams(
    target: HttpTarget, on_lost: Callable[[], None]
) -> AbstractAsyncContextManager[TransportStreams]:
    def failed(request: httpx2.Request, _: HttpFailure) -> None:
        if request.method == "POST":
            on_lost()  # the SDK's writer has stopped: nothing can be sent any more

    def client_factory(
        headers: dict[str, str] | None = None,  # noqa: ARG001 - the SDK's signature
        timeout: httpx2.Timeout | None = None,  # noqa: ARG001
        auth: httpx2.Auth | None = None,  # noqa: ARG001
    ) -> httpx2.AsyncClient:
        return _http_client(target, failed)

    return sse_client(target.url, httpx_client_factory=client_factory)


def _http_client(
    target: HttpTarget, on_failure: Callable[[httpx2.Request, HttpFailure], None]
) -> httpx2.AsyncClient:
    """A client that sends the configured headers; calls are timed by the connection, so reading
    has no limit of its own."""

    async def note_failure(response: httpx2.Response) -> None:
        if response.status_code < 400:
            return
        body = (await response.aread()).decode("utf-8", "replace")
        failure = HttpFailure(
            response.status_code,
            response.reason_phrase,
            body[:_BODY_KEPT],
            is_json_rpc=_is_json_rpc_error(body),
        )
        if (exchange := CURRENT.get()) is not None:
            exchange.http_failure = failure
        on_failure(response.request, failure)

    return httpx2.AsyncClient(
        headers=dict(target.headers),
        timeout=httpx2.Timeout(target.connect_timeout, read=None),
        event_hooks={"response": [note_failure]},
    )


def _is_json_rpc_error(body: str) -> bool:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and isinstance(message.get("error"), dict)
