"""The files of discovery on disk: its config, and one module of types in each server's package."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._discovered_module import FILE_NAME, Discovered, read_module, render_module
from ._discovery_config import DiscoveryConfig
from ._emit_package import tool_names
from ._generate_folder import ROOT_INIT
from ._generate_replace import exclusive, replace_file
from ._naming import Identifier
from .exceptions import ConfigurationError


def read_discovery_config(path: Path) -> DiscoveryConfig:
    """The config in the file ``path``.

    Raises:
        ConfigurationError: there is no such file, or it cannot be read, or it is malformed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"no {path.name} in {path.parent}; write a first one with mcp-discover --init, or "
            "begin with a copy of discovery_config.example.json"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error}") from error
    return DiscoveryConfig.parse(text, str(path))


def write_first_config(path: Path, safe_tools: Mapping[str, Mapping[str, Any]]) -> None:
    """Writes a config with these params, by tool and server, where there is no file yet.

    Raises:
        ConfigurationError: ``path`` exists, or cannot be written.
    """
    servers = {server: {"safeTools": tools} for server, tools in safe_tools.items()}
    text = json.dumps({"servers": servers}, indent=2) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _already_exists(path) from error
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error


def refuse_to_replace(path: Path) -> None:
    """Does nothing, unless there is a file ``path``.

    Raises:
        ConfigurationError: there is one.
    """
    if os.path.lexists(path):
        raise _already_exists(path)


def _already_exists(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} exists, and --init replaces nothing: remove it, or write another one with "
        "--discovery-config FILE"
    )


@dataclass(frozen=True, slots=True)
class WrittenTypes:
    """A module of types, and what is in it."""

    file: Path
    module: str
    """The name that scripts import it by."""
    types: dict[str, Identifier]
    """The name of the type of each tool's answers, those of earlier runs too."""
    samples: dict[str, int]
    """How many answers each was inferred from."""

    def manifest(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        tools = {t: {"type": name, "samples": self.samples[t]} for t, name in self.types.items()}
        return {"file": str(self.file), "module": self.module, "tools": tools}


def update_types(
    folder: Path,
    package: Identifier,
    server: str,
    found: Mapping[str, Discovered],
    listed: Iterable[str],
) -> WrittenTypes:
    """Adds what was ``found`` to the module of ``server``, whole or not at all.

    ``listed`` are all tools of the server, whose types have the names that their wrappers use.

    Raises:
        ConfigurationError: the file is not ours, or was changed, and is left alone; or it cannot be
            written.
    """
    place = folder / package
    file = place / FILE_NAME
    try:
        with exclusive(folder), _inside(place):
            _make_importable(folder)
            known = _merged(_earlier(file), found)
            names = {tool: each.result for tool, each in tool_names({*listed, *known}).items()}
            source = render_module(server, known, names)
            compile(source, FILE_NAME, "exec", dont_inherit=True)
            replace_file(file, source)
    except OSError as error:
        raise ConfigurationError(f"cannot write {file}: {error.strerror}") from error
    types = {tool: names[tool] for tool in sorted(known)}
    samples = {tool: each.samples for tool, each in known.items()}
    return WrittenTypes(file, f"servers.{package}.{file.stem}", types, samples)


def _inside(place: Path) -> AbstractContextManager[None]:
    """The package's folder, to write in."""
    if place.is_symlink():
        raise ConfigurationError(f"{place} is a link, and nothing is written behind it")
    return exclusive(place)


def _make_importable(folder: Path) -> None:
    """Makes ``folder`` the package ``servers``, as mcp-generate does, where nothing has yet."""
    init = folder / "__init__.py"
    if not os.path.lexists(init):
        replace_file(init, ROOT_INIT)


def _merged(
    earlier: Mapping[str, Discovered], found: Mapping[str, Discovered]
) -> dict[str, Discovered]:
    added = {
        tool: each.added_to(earlier[tool]) if tool in earlier else each
        for tool, each in found.items()
    }
    return {**earlier, **added}


def _earlier(path: Path) -> dict[str, Discovered]:
    """What earlier runs put into the file ``path``; nothing where there is none."""
    if not os.path.lexists(path):
        return {}
    try:
        return read_module(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(
            f"{path} stays as it is: {said}; move it away to have it written anew"
        ) from error
