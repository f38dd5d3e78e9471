"""Every error this package raises on purpose.

::

    McpExecutionError
    ├── ConfigurationError      mcp_config.json, or a server's entry in it, cannot be used
    ├── ServerConnectionError   a server could not be reached, or was lost during a call
    ├── ToolNotFoundError       the server or the tool that was named does not exist
    ├── ToolExecutionError      the tool ran, or was asked to, and the server reported an error
    └── SchemaValidationError   a value does not fit the declared schema, before or after a call

Each message names the thing that failed and the next step.
"""

from __future__ import annotations

from typing import Any


class McpExecutionError(Exception):
    """The base of every error of this package: catch it to catch them all."""


class ConfigurationError(McpExecutionError):
    """The configuration is missing, malformed, or refers to something that is not set."""


class ServerConnectionError(McpExecutionError):
    """A server could not be started or reached, did not answer in time, or was lost.

    A call that raised this may have had its effect: it is never sent a second time.
    """


class ToolNotFoundError(McpExecutionError):
    """No configured server, or no tool on it, has the name that was asked for."""


class ToolExecutionError(McpExecutionError):
    """The server answered a call with an error.

    ``content`` holds the content blocks of the answer as they came over the wire (a list of
    dicts); it is empty when the server refused the call with a protocol error, and then ``code``
    is that error's JSON-RPC code.
    """

    def __init__(
        self, message: str, content: list[dict[str, Any]] | None = None, code: int | None = None
    ) -> None:
        super().__init__(message)
        self.content: list[dict[str, Any]] = content if content is not None else []
        self.code = code


class SchemaValidationError(McpExecutionError):
    """A value does not fit the schema that the server declared for it.

    ``value`` is the value itself, unchanged: a result that a tool returned is never lost because
    its server does not keep to its own schema.
    """

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value
