"""What a run of ``mcp-discover`` came to, for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._emit_readme import count_of
from ._text import quoted
from .exceptions import McpExecutionError

if TYPE_CHECKING:
    from ._discovery_files import WrittenTypes
    from ._discovery_proposal import Proposal


@dataclass(slots=True)
class ServerTypes:
    """What was learned of one server's tools."""

    written: WrittenTypes | None = None
    """The module with the types; None where none was written."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why a tool was not called, by tool."""
    failed: dict[str, str] = field(default_factory=dict)
    """What went wrong in calls, by tool."""
    error: str | None = None
    """Why nothing was written, with the server's name or path in it."""

    def failures(self, server: str) -> list[str]:
        """What failed or was refused, one line each."""
        tools = {tool: f"was not called: {why}" for tool, why in self.refused.items()}
        tools |= {tool: f"failed: {why}" for tool, why in self.failed.items()}
        lines = [f"server {quoted(server)}: tool {quoted(tool)} {tools[tool]}" for tool in tools]
        return lines if self.error is None else [self.error, *lines]

    @property
    def summary(self) -> str:
        """What was written, in a few words."""
        if self.written is None:
            return "nothing written"
        return f"types of {count_of(len(self.written.types))} in {self.written.file}"

    def manifest(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        written = {} if self.written is None else self.written.manifest()
        return {**written, "refused": self.refused, "failed": self.failed, "error": self.error}


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was learned, by server."""

    servers: Mapping[str, ServerTypes]

    @property
    def failures(self) -> list[str]:
        """What failed or was refused, one line each."""
        return [line for name, each in self.servers.items() for line in each.failures(name)]

    @property
    def remarks(self) -> list[str]:
        """What else is worth a line."""
        return [] if self.servers else ["the discovery config lists no tools to call: add some"]

    @property
    def summary(self) -> str:
        """What came of it all, on one line."""
        written = sum(each.written is not None for each in self.servers.values())
        return f"wrote types of {written} of {len(self.servers)} servers"

    def manifest(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {"servers": {server: each.manifest() for server, each in self.servers.items()}}


@dataclass(frozen=True, slots=True)
class FirstConfig:
    """A first discovery config, and what could not be put into it."""

    file: Path
    proposals: Mapping[str, Proposal | McpExecutionError]

    @property
    def safe_tools(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The params of the tools to call, by server."""
        return {server: each.safe_tools for server, each in self._made.items()}

    @property
    def failures(self) -> list[str]:
        """Why nothing is known of other servers."""
        return [
            str(each) for each in self.proposals.values() if isinstance(each, McpExecutionError)
        ]

    @property
    def remarks(self) -> list[str]:
        """The tools that were left out, and why."""
        return [
            f"server {quoted(server)}: tool {quoted(tool)} is left out: {why}"
            for server, each in self._made.items()
            for tool, why in each.left_out.items()
        ]

    @property
    def summary(self) -> str:
        """What was written, and what to do next."""
        if not self.safe_tools:
            return "wrote nothing"
        tools = sum(map(len, self.safe_tools.values()))
        next_step = "review it, then run mcp-discover" if tools else "add some (docs/discovery.md)"
        return f"wrote {self.file} with {count_of(tools)} to call: {next_step}"

    def manifest(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        servers = {
            server: {"tools": each.safe_tools, "leftOut": each.left_out}
            for server, each in self._made.items()
        }
        return {"file": str(self.file), "servers": servers, "errors": self.failures}

    @property
    def _made(self) -> dict[str, Proposal]:
        return {
            server: each
            for server, each in self.proposals.items()
            if not isinstance(each, McpExecutionError)
        }
