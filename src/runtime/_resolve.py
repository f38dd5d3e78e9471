"""A server's entry in the config, made ready for use: variables expanded, environment put together.

The values that come out may be secrets, so no ``repr`` shows them, and `Target.secrets` names all
that must never be shown: see `_text.redacted`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ._environment import VARIABLE, inherited_environment, split_expression
from .config import ServerConfig
from .exceptions import ConfigurationError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")


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
    a shell), and those of VS Code and Cursor: ``${workspaceFolder}``, its ``Basename``,
    ``${userHome}``, ``${pathSeparator}`` and ``${/}``.

    Raises:
        ConfigurationError: a variable is not set and has no default; names server, field, variable.
    """
    expand = _Expansion(name, root, environ)
    headers = expand.headers(server.headers)
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
    url = expand.text("url", server.url or "")
    given = (*headers.values(), *_credentials(headers), *_url_secrets(url))
    return HttpTarget(
        name=name,
        connect_timeout=server.connect_seconds,
        transport=server.type,
        url=url,
        secrets=frozenset((*expand.values, *given)),
        headers=headers,
    )


class _Expansion:
    """Expands the variables of one server's fields, and keeps the values that came of it."""

    def __init__(self, server: str, root: Path, environ: Mapping[str, str]) -> None:
        self.values: set[str] = set()
        self._server = server
        self._environ = environ
        self._places = {
            "workspaceFolder": str(root),
            "workspaceFolderBasename": root.name,
            "userHome": os.path.expanduser("~"),
            "pathSeparator": os.sep,
            "/": os.sep,
        }

    def mapping(self, field_name: str, texts: Mapping[str, str]) -> dict[str, str]:
        return {key: self.text(f"{field_name}.{key}", text) for key, text in texts.items()}

    def headers(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Header fields. White space around a value, such as the end of a file's line, is no part
        of it; HTTP has no form for control characters, and the client would repeat the value."""
        headers = {}
        for key, value in self.mapping("headers", texts).items():
            headers[key] = value.strip(" \t\r\n")
            if not _HEADER_VALUE.fullmatch(headers[key]) or not _HEADER_NAME.fullmatch(key):
                raise ConfigurationError(
                    f"mcpServers.{self._server}.headers.{key} cannot be sent: a header holds "
                    f"printable ASCII characters on one line, and its name no spaces"
                )
        return headers

    def text(self, field_name: str, text: str) -> str:
        return VARIABLE.sub(lambda match: self._value(field_name, match[1]), text)

    def _value(self, field_name: str, expression: str) -> str:
        if expression in self._places:
            return self._places[expression]
        variable, has_default, default = split_expression(expression)
        value = self._environ.get(variable)
        if has_default and not value:
            return default
        if variable.startswith("input:"):
            raise ConfigurationError(
                f"mcpServers.{self._server}.{field_name} uses ${{{expression}}}, which VS Code "
                f"asks its user for; write ${{VARIABLE}} there, and set it in the environment"
            )
        if value is None:
            raise ConfigurationError(
                f"mcpServers.{self._server}.{field_name} uses ${{{expression}}}, and {variable} "
                f"is not set; set it in the environment, or give a default: ${{{variable}:-value}}"
            )
        self.values.add(value)
        return value


def _credentials(headers: Mapping[str, str]) -> Iterator[str]:
    """What follows the scheme in values such as ``Bearer TOKEN``: servers repeat it alone."""
    return (value.partition(" ")[2].strip() for value in headers.values())


def _url_secrets(url: str) -> Iterator[str]:
    """The user's name and password, and the query: where keys are put when not in a header."""
    rest, _, query = url.partition("#")[0].partition("?")
    yield query
    yield rest.partition("//")[2].partition("/")[0].rpartition("@")[0]
