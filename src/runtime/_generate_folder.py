"""The folder of wrappers on disk: what in it is ours, what is stale, and bringing it up to date.

A file is ours when its first line says so; everything else is the user's, and is never touched.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ._emit_module import HEADER
from ._emit_package import Package
from ._emit_readme import MARK, index_readme
from ._generate_replace import TEMPORARY, exclusive, replace_file, replace_folder

logger = logging.getLogger(__name__)

_INDEX = "README.md"
_INIT = "__init__.py"
_TYPED = "py.typed"
ROOT_INIT = f'{HEADER}"""Wrappers of MCP servers, one package per server."""\n'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did, or would do."""

    changed: list[str] = field(default_factory=list)
    """The packages that were not up to date, and the folder's own files that were not."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a server's package could not be written, by server."""


@dataclass(frozen=True, slots=True)
class _Change:
    files: dict[str, str]
    dropped: set[str]


def update_folder(folder: Path, packages: Iterable[Package], *, write: bool = True) -> Outcome:
    """Brings the packages in ``folder`` up to date, each whole or not at all.

    Files that are up to date are not touched. Without ``write`` nothing is; the outcome is the
    same. Packages of other servers stay as they are.
    """
    outcome = Outcome()
    with exclusive(folder) if write else contextlib.nullcontext():
        written = [each for each in packages if _update(folder, each, outcome, write=write)]
        for name, text in _own_files(folder, written).items():
            if _is_due(folder / name, text):
                outcome.changed.append(name)
                if write:
                    replace_file(folder / name, text)
    return outcome


def _update(folder: Path, package: Package, outcome: Outcome, *, write: bool) -> bool:
    """Whether there is such a package now, or would be."""
    place = folder / package.name
    if place.is_symlink() or (place.exists() and not _is_replaceable(place)):
        outcome.failures[package.server] = (
            f"{place} is not from mcp-generate: move it away, or give the server another name"
        )
        return False
    change = _change(place, package.files)
    if change.files or change.dropped:
        outcome.changed.append(package.name)
        if write:
            return _write(place, change, package.server, outcome)
    return True


def _write(place: Path, change: _Change, server: str, outcome: Outcome) -> bool:
    try:
        replace_folder(place, change.files, change.dropped)
    except OSError as e:
        outcome.failures[server] = f"cannot write {place}: {e.strerror}"
        return False
    return True


def _is_replaceable(place: Path) -> bool:
    """Whether ``place`` is a package of ours, or a folder that is no package yet."""
    init = place / _INIT
    return place.is_dir() and (not init.exists() or _is_ours(init))


def _change(place: Path, files: dict[str, str]) -> _Change:
    dropped = {
        entry.name for entry in place.glob("*.py") if entry.name not in files and _is_ours(entry)
    }
    return _Change({n: text for n, text in files.items() if _is_due(place / n, text)}, dropped)


def _is_due(path: Path, text: str) -> bool:
    """Whether ``text`` is to be written to ``path``: not over the same text, nor over a file that
    is not ours."""
    if not path.exists() and not path.is_symlink():
        return True
    if path.name == _TYPED:
        return False
    if not _is_ours(path):
        logger.warning("%s is in the way: it is not from mcp-generate, and stays", path)
        return False
    return path.read_bytes() != text.encode("utf-8")


def _is_ours(path: Path) -> bool:
    first_line = (MARK if path.suffix == ".md" else HEADER).encode()
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(first_line)) == first_line


def _own_files(folder: Path, packages: list[Package]) -> dict[str, str]:
    """The folder's own files: its README, and what makes it a package where nothing does yet."""
    counts: dict[str, int] = {package.name: len(package.tools) for package in packages}
    counts |= _counts_on_disk(folder, known=set(counts))
    files = {_INDEX: index_readme(counts), _TYPED: ""}
    return files if (folder / _INIT).exists() else {**files, _INIT: ROOT_INIT}


def _counts_on_disk(folder: Path, known: set[str]) -> dict[str, int]:
    """The number of tools of each package that is there and not ``known``."""
    places = [init.parent for init in folder.glob(f"*/{_INIT}") if _is_ours(init)]
    return {
        place.name: sum(map(_is_ours, place.glob("*.py"))) - 1
        for place in places
        if place.name not in known and not place.name.startswith(TEMPORARY)
    }
