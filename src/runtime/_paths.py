"""Where things are: the config file, the project root, the folder of generated wrappers."""

from __future__ import annotations

import os
from pathlib import Path

from .exceptions import ConfigurationError

CONFIG_NAME = "mcp_config.json"
CONFIG_VARIABLE = "MCP_CONFIG"
DEFAULT_SERVERS_PATH = "src/servers"


def find_config(explicit: str | Path | None = None) -> Path:
    """The absolute path of the config file in force.

    Looked for in this order: ``explicit`` (the command's ``--config``), the variable
    ``MCP_CONFIG``, then ``mcp_config.json`` in the working directory and every folder above it.

    Raises:
        ConfigurationError: there is none, or the one that was named is not a file.
    """
    if explicit is not None:
        return _named_file(Path(explicit), "--config")
    if variable := os.environ.get(CONFIG_VARIABLE):
        return _named_file(Path(variable), CONFIG_VARIABLE)
    start = Path.cwd()
    for folder in (start, *start.parents):
        candidate = folder / CONFIG_NAME
        if candidate.is_file():
            return candidate
    raise ConfigurationError(
        f"no {CONFIG_NAME} in {start} or any folder above it; create one, "
        f"or name one with --config FILE or {CONFIG_VARIABLE}=FILE"
    )


def _named_file(path: Path, origin: str) -> Path:
    absolute = Path(os.path.abspath(os.path.expanduser(path)))
    if absolute.is_file():
        return absolute
    problem = "is a folder, not a file" if absolute.is_dir() else "does not exist"
    raise ConfigurationError(f"config file {absolute} (from {origin}) {problem}")
