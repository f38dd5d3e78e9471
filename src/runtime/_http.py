"""Servers over HTTP: the SDK's transports, with an HTTP client that remembers what went wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from ._protocol import HttpFailure, RpcError
from ._resolve import HttpTarget
from ._tap import CURRENT
from ._text import redacted

_WORDS_KEPT = 2_000
"""Characters of an error response that a message may show."""
_NO_CODE = 0
_ANSWER_TYPES = ("application/json", "text/event-stream")


def http_streams(
    target: HttpTarget, on_lost: Callable[[], None]
) -> AbstractAsyncContextManager[TransportStreams]:
    """The transport to ``target``; ``on_lost`` is called when it can send no more and does not say
    so itself."""
    if target.transport == "sse":
        return _sse_streams(target, on_lost)
    return _streamable_streams(target)


@asynccontextmanager
async def _streamable_streams(target: HttpTarget) -> AsyncIterator[TransportStreams]:
    async with (
        _Client(target) as client,
        # No limit on an event: the SDK's default of 1 MiB loses larger results.
        streamable_http_client(target.url, http_client=client, max_sse_event_size=None) as streams,
    ):
        yield streams


@asynccontextmanager
async def _sse_streams(
    target: HttpTarget, on_lost: Callable[[], None]
) -> AsyncIterator[TransportStreams]:
    failures: list[Exception] = []

    def post_failed(error: Exception) -> None:
        """The SDK's writer stops at the first failure and tells nobody: so all of it is ended."""
        failures.append(error)
        on_lost()
        scope.cancel()

    def client_factory(
        headers: dict[str, str] | None = None,  # noqa: ARG001 - the SDK's signature
        timeout: httpx2.Timeout | None = None,  # noqa: ARG001
        auth: httpx2.Auth | None = None,  # noqa: ARG001
    ) -> httpx2.AsyncClient:
        return _Client(target, post_failed)

    with anyio.CancelScope() as scope:
        async with sse_client(target.url, httpx_client_factory=client_factory) as streams:
            yield streams
    if failures:
        raise failures[0]


class _Client(httpx2.AsyncClient):
    """Sends the configured headers, and notes in the exchange under way why a request failed.

    Calls are timed by the connection, so reading has no limit of its own.
    """

    def __init__(
        self, target: HttpTarget, on_post_failed: Callable[[Exception], None] | None = None
    ) -> None:
        super().__init__(
            headers=dict(target.headers),
            timeout=httpx2.Timeout(target.connect_timeout, read=None, pool=None),
            # One socket per call under way, however many there are: a call may take long.
            limits=httpx2.Limits(max_connections=None),
        )
        self._target = target
        self._on_post_failed = on_post_failed

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            response = await super().send(request, **options)
            failure = await self._failure(response)
        except httpx2.TransportError as error:
            self._post_failed(request, error)
            raise
        if (exchange := CURRENT.get()) is not None:
            exchange.http_failure = failure
        if failure is not None and response.status_code >= 400:
            refusal = RpcError(_NO_CODE, failure.words, failure)
            self._post_failed(request, refusal)
            if request.method == "GET" and self._target.transport == "sse":
                raise refusal  # the body of the response has been read
        return response

    def _post_failed(self, request: httpx2.Request, error: Exception) -> None:
        if request.method == "POST" and self._on_post_failed is not None:
            self._on_post_failed(error)

    async def _failure(self, response: httpx2.Response) -> HttpFailure | None:
        """Why ``response`` is no answer of the protocol, or None."""
        if response.status_code >= 400:
            try:
                body = (await response.aread()).decode("utf-8", "replace")
            except BaseException:
                await response.aclose()
                raise
            words, code = _json_rpc_error(body) or (body, None)
        elif response.next_request is not None:
            # Without what may be secret in it; where it may be followed, the SDK goes on from here.
            url = response.next_request.url.copy_with(userinfo=b"", query=None, fragment=None)
            words, code = f"it redirects to {url}; name that URL if the server is there", None
        elif self._target.transport == "http" and response.status_code == 200:
            kind = response.headers.get("content-type", "")
            if kind.lower().startswith(_ANSWER_TYPES):
                return None
            words, code = (
                f"it answers with {kind!r}, so it is no MCP server; is the URL right?",
                None,
            )
        else:
            return None
        # Before it is cut: half a secret is one still.
        words = redacted(words, self._target.secrets)[:_WORDS_KEPT].strip()
        return HttpFailure(response.status_code, response.reason_phrase, words, code)


def _json_rpc_error(body: str) -> tuple[str, int] | None:
    """Message and code of the JSON-RPC error that ``body`` is, or None."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = message.get("error") if isinstance(message, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return None
    return str(error.get("message", "")), error["code"]
