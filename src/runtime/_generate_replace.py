"""Folders and files that are replaced whole or not at all, even when this process is killed.

What is new is made beside what it replaces, under a name that starts with `TEMPORARY`, and then
takes its place in one step. What a killed process left behind is removed by the next one.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

TEMPORARY = ".mcp-generate-"
"""How the names of unfinished folders and files start."""

_ASIDE = f"{TEMPORARY}aside-"
_EXCHANGE_LINUX = 2  # RENAME_EXCHANGE, linux/fs.h
_EXCHANGE_MACOS = 2  # RENAME_SWAP, sys/stdio.h
_AT_FDCWD = -100
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV)


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Makes ``folder``, and keeps other processes that ask for it waiting meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _clear_up(folder)
        yield
    finally:
        os.close(descriptor)


def replace_folder(folder: Path, files: Mapping[str, str], dropped: set[str]) -> None:
    """Gives ``folder`` these ``files`` (text by name), without those that are ``dropped``.

    All else in it stays, each file the same one as before. Call it within `exclusive`.
    """
    staging = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder.parent))
    try:
        _fill(staging, folder, files, dropped)
        _put_in_place(staging, folder)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _fill(staging: Path, folder: Path, files: Mapping[str, str], dropped: set[str]) -> None:
    if folder.is_dir():
        _link_tree(folder, staging, skipped={*files, *dropped, "__pycache__"})
        shutil.copymode(folder, staging)
    else:
        staging.chmod(0o777 & ~_umask())
    for name, text in files.items():
        (staging / name).write_text(text, encoding="utf-8", newline="")


def replace_file(path: Path, text: str) -> None:
    """Gives the file ``path`` this text, in one step."""
    descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.chmod(temporary, 0o666 & ~_umask())
    os.replace(temporary, path)


def _link_tree(source: Path, target: Path, skipped: set[str]) -> None:
    """Puts the files of ``source`` into ``target`` too, as hard links where those exist."""
    for entry in os.scandir(source):
        if entry.name in skipped:
            continue
        if entry.is_dir(follow_symlinks=False):
            (target / entry.name).mkdir()
            _link_tree(Path(entry.path), target / entry.name, skipped={"__pycache__"})
            shutil.copystat(entry.path, target / entry.name)
        else:
            _link(entry.path, target / entry.name)


def _link(source: str, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _put_in_place(staging: Path, folder: Path) -> None:
    if not folder.exists():
        staging.rename(folder)
        return
    if not _exchange(staging, folder):
        # For an instant there is no folder; `_clear_up` brings it back if we die just then.
        folder.rename(folder.with_name(_ASIDE + folder.name))
        staging.rename(folder)
        staging = folder.with_name(_ASIDE + folder.name)
    shutil.rmtree(staging)


def _exchange(a: Path, b: Path) -> bool:
    """Swaps two folders in one step; false where the system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(a), os.fsencode(b)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(first, second, _EXCHANGE_MACOS)
    elif hasattr(libc, "renameat2"):
        failed = libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _EXCHANGE_LINUX)
    else:
        return False
    if failed and ctypes.get_errno() not in _UNSUPPORTED:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(b))
    return not failed


def _clear_up(folder: Path) -> None:
    """Removes what killed processes left, and finishes what they had begun to put in place."""
    for left in folder.glob(f"{TEMPORARY}*"):
        home = folder / left.name.removeprefix(_ASIDE)
        if left.name.startswith(_ASIDE) and not home.exists():
            left.rename(home)
        elif left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
