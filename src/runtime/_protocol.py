"""What a session gives and what it raises, whoever speaks the protocol below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class HttpFailure:
    """An HTTP response with an error status."""

    status: int
    reason: str
    body: str
    is_json_rpc: bool
    """Whether the body is a JSON-RPC error: then the server itself answered the request."""

    @property
    def refuses_client(self) -> bool:
        """Whether the status speaks of the connection (401, 403, 404, 5xx), not of the request."""
        return self.status in (401, 403, 404) or self.status >= 500


class RpcError(Exception):
    """The answer to a request was an error: the server's own, or that of its HTTP transport."""

    def __init__(
        self,
        code: int,
        message: str,
        http_failure: HttpFailure | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message)
        self.data = data
        self.code = code
        self.message = message
        self.http_failure = http_failure


class MalformedAnswerError(Exception):
    """The answer to a request is not what the protocol says it is."""


class StreamDroppedError(Exception):
    """The HTTP response that was to carry the answer ended without it; the session goes on."""


class SessionLostError(Exception):
    """The session ended while a request was under way."""


class Session(Protocol):
    """A session after its handshake. Results are as they were on the wire.

    Cancelling a request tells the server. Besides CancelledError, requests raise the errors of
    this module only.
    """

    @property
    def description(self) -> str:
        """The server's name and version and the protocol version, for the log."""

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The ``CallToolResult`` of one ``tools/call``."""

    async def list_page(self, cursor: str | None) -> dict[str, Any]:
        """One page of ``tools/list``."""
