"""Which host a script means, and where its socket, lock and log are."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from .._environment import what_servers_see
from ..exceptions import ConfigurationError

_KEY_LENGTH = 16
_LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 108 bytes on Linux and 104 on macOS."""


@dataclass(frozen=True)
class HostAddress:
    """The files of one host, all in a folder that only its user can enter."""

    folder: Path
    key: str

    @property
    def socket(self) -> Path:
        return self.folder / f"{self.key}.sock"

    @property
    def lock(self) -> Path:
        """Held by the host for as long as it lives."""
        return self.folder / f"{self.key}.lock"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.key}.log"


def host_address(config_path: Path, config_text: str, environ: Mapping[str, str]) -> HostAddress:
    """The address of the host for this user, config (with the values of its variables), version
    and interpreter. Of the values only a digest goes into it.

    Raises:
        ConfigurationError: the folder is not safe; see `host_folder`.
    """
    identity = [
        __version__,
        sys.executable,
        os.getuid(),
        str(config_path),
        config_text,
        sorted(what_servers_see(config_text, environ).items()),
    ]
    digest = hashlib.sha256(json.dumps(identity).encode())
    return HostAddress(host_folder(environ), digest.hexdigest()[:_KEY_LENGTH])


def host_folder(environ: Mapping[str, str]) -> Path:
    """The folder of all hosts of this user, made if need be: in ``XDG_RUNTIME_DIR``, else in the
    temp folder.

    Raises:
        ConfigurationError: it is there and is not a folder of this user's that nobody else can
            enter; a symbolic link is not followed.
    """
    folder = _place(environ)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise ConfigurationError(
            f"cannot use {folder} for hosts: {error.strerror}; set XDG_RUNTIME_DIR to a folder of "
            f"your own"
        ) from error
    private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    if not private or status.st_mode & 0o077:
        raise ConfigurationError(
            f"{folder} is not a folder that is yours alone (mode 0700); remove it, or set "
            f"XDG_RUNTIME_DIR to a folder of your own"
        )
    return folder


def _place(environ: Mapping[str, str]) -> Path:
    runtime_dir = environ.get("XDG_RUNTIME_DIR")
    if runtime_dir and os.path.isdir(runtime_dir):
        folder = Path(runtime_dir, "mcp-execution")
        if len(os.fsencode(folder)) + _KEY_LENGTH + len("/.sock") <= _LONGEST_SOCKET_PATH:
            return folder
    return Path(environ.get("TMPDIR") or "/tmp", f"mcp-execution-{os.getuid()}")  # noqa: S108
