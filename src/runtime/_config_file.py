"""The config file before its validation: the little that must be known even when a host, which has
validated the same text, answers the calls and Pydantic is never loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._jsonc import parse_jsonc
from ._paths import DEFAULT_SERVERS_PATH
from .exceptions import ConfigurationError

KEEP_ALIVE_VARIABLE = "MCP_KEEP_ALIVE"


class ConfigFile:
    """The text of a config file and where it is.

    Raises:
        ConfigurationError: it is not JSON.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.data: Any = parse_jsonc(text, str(path))

    @property
    def root(self) -> Path:
        """The project root: the folder of the file."""
        return self.path.parent

    @property
    def servers_dir(self) -> Path:
        """The folder of generated wrappers."""
        return self.root / str(self._value("serversPath") or DEFAULT_SERVERS_PATH)

    def keep_alive(self, environ: Mapping[str, str]) -> float:
        """Seconds that a host keeps the connections when idle: ``MCP_KEEP_ALIVE``, else what the
        file says; 0 for no host.

        Raises:
            ConfigurationError: the variable is no number of seconds.
        """
        variable = environ.get(KEEP_ALIVE_VARIABLE)
        if not variable:
            value = self._value("keepAlive")
            return float(value) if isinstance(value, int | float) else 0.0
        try:
            seconds = float(variable)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            raise ConfigurationError(
                f"{KEEP_ALIVE_VARIABLE} must be a number of seconds, 0 for none"
            )
        return seconds

    def _value(self, key: str) -> Any:
        return self.data.get(key) if isinstance(self.data, dict) else None
