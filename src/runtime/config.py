"""``mcp_config.json``: its models, its validation, and the expansion of its variables.

Nothing here touches the disk: `McpConfig.parse` takes the file's text. The shape is the one that
Claude Code, Claude Desktop, Cursor and VS Code share; keys that are not ours are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from ._jsonc import parse_jsonc
from ._paths import CONFIG_NAME, DEFAULT_SERVERS_PATH
from .exceptions import ConfigurationError
from .normalize_fields import NormalizationStrategy

DEFAULT_TIMEOUT = 120.0
"""Seconds that one call may take."""
DEFAULT_CONNECT_TIMEOUT = 30.0
"""Seconds from starting a server to the end of its handshake."""
LAUNCHER_CONNECT_TIMEOUT = 60.0
"""The same, for servers behind a launcher that may have to fetch them first."""

_LAUNCHERS = frozenset({"npx", "uvx", "pipx", "bunx", "pnpx", "docker", "podman"})

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonEmpty = Annotated[str, StringConstraints(min_length=1)]


class _Lenient(BaseModel):
    """A model that keeps the keys it does not know apart, so that they can be named."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, validate_by_name=True)

    def unknown_keys(self) -> list[str]:
        """The keys that were given and mean nothing here, sorted."""
        return sorted(self.model_extra or {})

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Without what is in unknown keys, which may be secrets."""
        unknown = self.model_extra or {}
        return (pair for pair in super().__repr_args__() if pair[0] not in unknown)


class ServerConfig(_Lenient):
    """One server: a command to start (stdio), or a URL to reach (streamable HTTP or SSE)."""

    type: Literal["stdio", "http", "sse"] = "stdio"
    """The transport; worked out from ``command`` or ``url`` where the file does not say it."""
    command: NonEmpty | None = None
    args: list[str] = Field(default=[], repr=False)
    env: dict[str, str] = Field(default={}, repr=False)
    """Variables the server gets besides the safe base of this process's environment."""
    cwd: NonEmpty | None = None
    """Where the server starts, relative to the project root; the root itself when absent."""
    url: NonEmpty | None = Field(default=None, repr=False)
    headers: dict[str, str] = Field(default={}, repr=False)
    disabled: bool = False
    timeout: Seconds = DEFAULT_TIMEOUT
    connect_timeout: Seconds | None = Field(default=None, alias="connectTimeout")
    inherit_env: bool | list[str] = Field(default=False, alias="inheritEnv")
    """True for the whole environment of this process, or the names of variables to pass on."""
    allowed_tools: list[str] | None = Field(default=None, alias="allowedTools")
    """Patterns (``fnmatch``) of the tools that exist for scripts; None for all."""
    blocked_tools: list[str] = Field(default=[], alias="blockedTools")
    """Patterns of tools that do not exist for scripts; stronger than ``allowed_tools``."""
    normalization: NormalizationStrategy | None = None

    @model_validator(mode="before")
    @classmethod
    def _work_out_type(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind = data.get("type")
        if kind is None:
            kind = _transport_for(data)
        elif kind == "streamable-http":
            kind = "http"
        return {**data, "type": kind}

    @field_validator("env", mode="before")
    @classmethod
    def _as_vs_code_writes_it(cls, value: Any) -> Any:
        """Numbers are taken as their text, and null as absent."""
        if not isinstance(value, dict):
            return value
        return {
            key: str(text) if type(text) in (int, float) else text
            for key, text in value.items()
            if text is not None
        }

    @field_validator("inherit_env", mode="before")
    @classmethod
    def _check_inherit_env(cls, value: Any) -> Any:
        is_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
        if not is_names and not isinstance(value, bool):
            raise ValueError("must be true, false or a list of names of variables")
        return value

    @model_validator(mode="after")
    def _check_target(self) -> ServerConfig:
        needed, other = ("command", "url") if self.type == "stdio" else ("url", "command")
        if getattr(self, needed) is None:
            raise ValueError(f"a server of type {self.type!r} needs {needed!r}")
        if getattr(self, other) is not None:
            raise ValueError(f"give {needed!r} or {other!r}, not both")
        return self

    @property
    def connect_seconds(self) -> float:
        """The connect timeout in force, in seconds: launchers that may download get longer."""
        if self.connect_timeout is not None:
            return self.connect_timeout
        program = (self.command or "").replace("\\", "/").rpartition("/")[2]
        return LAUNCHER_CONNECT_TIMEOUT if program in _LAUNCHERS else DEFAULT_CONNECT_TIMEOUT

    def offers(self, tool: str) -> bool:
        """Whether ``allowedTools`` and ``blockedTools`` let scripts see ``tool``."""
        if any(fnmatchcase(tool, pattern) for pattern in self.blocked_tools):
            return False
        if self.allowed_tools is None:
            return True
        return any(fnmatchcase(tool, pattern) for pattern in self.allowed_tools)


def _transport_for(entry: dict[str, Any]) -> str:
    url = entry.get("url")
    if not isinstance(url, str) or entry.get("command") is not None:
        return "stdio"
    return "sse" if url.partition("?")[0].rstrip("/").endswith("/sse") else "http"


class McpConfig(_Lenient):
    """The whole file."""

    servers: dict[NonEmpty, ServerConfig] = Field(
        validation_alias=AliasChoices("mcpServers", "servers")
    )
    servers_path: NonEmpty = Field(default=DEFAULT_SERVERS_PATH, alias="serversPath")
    """The folder of generated wrappers, relative to the project root."""
    keep_alive: float = Field(default=0.0, ge=0, allow_inf_nan=False, alias="keepAlive")
    """Seconds that a host keeps the connections when idle; 0 for no host."""

    @property
    def mcpServers(self) -> dict[str, ServerConfig]:  # noqa: N802 - the file's own key
        """The servers, under the name that the file uses."""
        return self.servers

    @field_validator("servers_path")
    @classmethod
    def _must_be_importable(cls, value: str) -> str:
        if value.replace("\\", "/").rstrip("/").rpartition("/")[2] != "servers":
            raise ValueError("must end in a folder named 'servers': scripts import from it")
        return value

    @classmethod
    def parse(cls, text: str, origin: str = CONFIG_NAME) -> McpConfig:
        """The config that ``text`` holds; comments and trailing commas are allowed, as in VS Code.

        Raises:
            ConfigurationError: with line and column of a syntax error, or the path of each field
                that is wrong. ``origin`` names the file in the message; no value is repeated.
        """
        return cls.validated(parse_jsonc(text, origin), origin)

    @classmethod
    def validated(cls, data: Any, origin: str) -> McpConfig:
        """The config that ``data``, the parsed file, holds; raises as `parse` does."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise ConfigurationError(f"{origin}: {described(error)}") from None

    def ignored_keys(self) -> Iterator[str]:
        """The path of every key in the file that has no meaning here."""
        yield from self.unknown_keys()
        for name, server in self.servers.items():
            yield from (f"mcpServers.{name}.{key}" for key in server.unknown_keys())


def described(error: ValidationError) -> str:
    """What is wrong, one field a line, without the values, which may be secrets."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{_field_path(problem['loc'])}: {_problem(problem)}" for problem in problems]
    return lines[0] if len(lines) == 1 else "\n".join(["", *(f"  {line}" for line in lines)])


def _problem(problem: ErrorDetails) -> str:
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "model_type":
        return "must be an object"
    return problem["msg"].removeprefix("Value error, ")


def _field_path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".") or "the whole file"
