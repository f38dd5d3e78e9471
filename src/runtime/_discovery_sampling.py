"""Calling the tools of one server for samples of what they answer.

The answers end here: what leaves is what was learned from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._discovered_module import Discovered, Params, discover
from ._discovery_config import SampleCalls
from ._discovery_safety import refusal
from ._text import did_you_mean, printable, quoted
from .exceptions import McpExecutionError, SchemaValidationError
from .mcp_client import SEPARATOR, McpClientManager

_LONGEST_ERROR = 500


@dataclass(slots=True)
class Sampling:
    """What came of calling the tools of one server."""

    listed: list[str] = field(default_factory=list)
    """All tools of the server."""
    found: dict[str, Discovered] = field(default_factory=dict)
    """By tool, what its answers of this run tell."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why a tool was not called, by tool."""
    failed: dict[str, str] = field(default_factory=dict)
    """What went wrong in calls, by tool."""


async def sample_server(
    manager: McpClientManager, server: str, wanted: Mapping[str, SampleCalls]
) -> Sampling:
    """Calls the ``wanted`` tools of ``server``, one after the other, unless they must not be.

    Raises:
        McpExecutionError: the server cannot be reached, or is not configured; nothing was called.
    """
    tools = {tool["name"]: tool for tool in await manager.list_tools(server)}
    sampling = Sampling(listed=list(tools))
    for name, calls in wanted.items():
        if name not in tools:
            sampling.failed[name] = f"there is no such tool; {did_you_mean(name, tools)}"
        elif reason := _refusal(manager, server, tools[name], calls):
            sampling.refused[name] = reason
        else:
            await _sample(manager, server, tools[name], calls.params, sampling)
    return sampling


def _refusal(
    manager: McpClientManager, server: str, tool: Mapping[str, Any], calls: SampleCalls
) -> str | None:
    for other in _other_addressees(manager, server, tool["name"]):
        return f"a call of it would go to server {quoted(other)}, whose name starts like this one's"
    return refusal(tool, confirmed_read_only=calls.confirmed_read_only)


def _other_addressees(manager: McpClientManager, server: str, tool: str) -> Iterator[str]:
    """Servers with longer names that the identifier of ``tool`` would be read to mean."""
    identifier = f"{server}{SEPARATOR}{tool}"
    for other in manager._config.servers if manager._config is not None else ():
        if len(other) > len(server) and identifier.startswith(other + SEPARATOR):
            yield other


async def _sample(
    manager: McpClientManager,
    server: str,
    tool: Mapping[str, Any],
    all_params: list[Params],
    sampling: Sampling,
) -> None:
    name = tool["name"]
    samples = []
    problems = []
    for params in all_params:
        try:
            samples.append((params, await manager.call_tool(server + SEPARATOR + name, params)))
        except McpExecutionError as error:
            problems.append(_problem(error, params))
    if samples:
        sampling.found[name] = discover(tool.get("description") or "", samples)
    if problems:
        sampling.failed[name] = "; ".join(dict.fromkeys(problems))


def _problem(error: McpExecutionError, params: Params) -> str:
    """What went wrong, without any of an answer that does not fit the tool's own schema."""
    if isinstance(error, SchemaValidationError) and error.value is not params:
        return "its answer does not fit the output schema that its server declares"
    return printable(str(error), _LONGEST_ERROR)
