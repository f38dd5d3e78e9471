"""What a session gives and what it raises, whoever speaks the protocol below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

_METHOD_NOT_FOUND = -32601


@dataclass(frozen=True)
class HttpFailure:
    """An HTTP response with an error status, or one that the protocol has no use for."""

    status: int
    reason: str
    words: str
    """What the server said, cut, and without the secrets that it was given."""
    code: int | None
    """The code of the JSON-RPC error in its body: then the server itself answered the request."""

    @property
    def refuses_client(self) -> bool:
        """Whether it speaks of the client or the session (401, 403, 404, 5xx), not of the request.

        404 with the JSON-RPC code for it is how HTTP spells a method that is not known.
        """
        if self.status == 404:
            return self.code != _METHOD_NOT_FOUND
        return self.status in (401, 403) or self.status >= 500

    @property
    def is_answer(self) -> bool:
        """Whether it is the server's answer to the one request."""
        return self.code is not None and not self.refuses_client


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
    """The HTTP response that was to carry the answer ended without it; the session may go on."""


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
