"""One request and its answer, as they pass between this package and the SDK."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


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


class Exchange:
    """A request under way, and what came back for it."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.request_id: int | str | None = None
        self.answered = False
        """Whether a response arrived for it, a result or an error."""
        self.result: dict[str, Any] | None = None
        """The result as it came over the wire, or None while there is none."""
        self.http_failure: HttpFailure | None = None


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that what is being sent belongs to. The SDK's HTTP transports run each request in
the context of its sender, which is how the HTTP client's hooks find it."""
