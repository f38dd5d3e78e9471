"""A server's entry in the config, made ready for use: variables expanded, environment put together.

The values that come out may be secrets, so no ``repr`` shows them, and `Target.secrets` names all
that must never be shown: see `_text.redacted`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ._environment import VARIABLE, inherited_environment, split_expression
from .config import ServerConfig
from .exceptions import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every kind of server has in common."""

    name: str
    connect_timeout: float
    """Seconds from the start to the end of the handshake."""
    secrets: frozenset[str] = field(repr=False)
    """Values that must not be shown: the environment and headers given to this server, and all
    that variables expanded to."""


@dataclass(frozen=True, kw_only=True)
class StdioTarget(Target):
    """A server to start as a child process."""

    command: str
    args: tuple[str, ...] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    """The whole environment of the child."""
    cwd: Path


@dataclass(frozen=True, kw_only=True)
class HttpTarget(Target):
    """A server to reach over HTTP."""

    transport: Literal["http", "sse"]
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def resolve_server(
    name: str, server: ServerConfig, root: Path, environ: Mapping[str, str]
) -> StdioTarget | HttpTarget:
    """What the config says of ``name``, with every variable expanded from ``environ``.

    ``${VAR}``, ``${env:VAR}`` and ``${VAR:-default}`` (the default also for an empty value, as in
    a shell), and VS Code's ``${workspaceFolder}`` and ``${userHome}``.

    Raises:
        ConfigurationError: a variable is not set and has no default; names server, field, variable.
    """
    expand = _Expansion(name, root, environ)
    headers = expand.mapping("headers", server.headers)
    env = expand.mapping("env", server.env)
    if server.type == "stdio":
        command = expand.text("command", server.command or "")
        args = tuple(expand.text(f"args[{i}]", arg) for i, arg in enumerate(server.args))
        cwd = root / os.path.expanduser(expand.text("cwd", server.cwd or "."))
        return StdioTarget(
            name=name,
            connect_timeout=server.connect_seconds,
            secrets=frozenset((*expand.values, *env.values())),
            command=command,
            args=args,
            env=inherited_environment(environ, server.inherit_env) | env,
            cwd=cwd,
        )
    return HttpTarget(
        name=name,
        connect_timeout=server.connect_seconds,
        transport=server.type,
        url=expand.text("url", server.url or ""),
        secrets=frozenset((*expand.values, *headers.values())),
        headers=headers,
    )


class _Expansion:
    """Expands the variables of one server's fields, and keeps the values that came of it."""

    def __init__(self, server: str, root: Path, environ: Mapping[str, str]) -> None:
        self.values: set[str] = set()
        self._server = server
        self._environ = environ
        self._places = {"workspaceFolder": str(root), "userHome": os.path.expanduser("~")}

    def mapping(self, field_name: str, texts: Mapping[str, str]) -> dict[str, str]:
        return {key: self.text(f"{field_name}.{key}", text) for key, text in texts.items()}

    def text(self, field_name: str, text: str) -> str:
        return VARIABLE.sub(lambda match: self._value(field_name, match[1]), text)

    def _value(self, field_name: str, expression: str) -> str:
        if expression in self._places:
            return self._places[expression]
        variable, has_default, default = split_expression(expression)
        value = self._environ.get(variable)
        if has_default and not value:
            return default
        if value is None:
            raise ConfigurationError(
                f"mcpServers.{self._server}.{field_name} uses ${{{expression}}}, and {variable} "
                f"is not set; set it in the environment, or give a default: ${{{variable}:-value}}"
            )
        self.values.add(value)
        return value
