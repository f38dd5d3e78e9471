"""Which host is meant: everything that servers depend on is in its key, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtime.exceptions import ConfigurationError
from runtime.host.address import host_address, host_folder

CONFIG = '{"mcpServers": {"a": {"command": "x", "env": {"K": "${TOKEN}", "L": "${env:OTHER:-d}"}}}}'
BASE = {"PATH": "/bin", "HOME": "/home/me", "TOKEN": "one"}


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    return {"XDG_RUNTIME_DIR": str(tmp_path)}


def key(place: dict[str, str], text: str = CONFIG, path: str = "/p/c.json", **more: str) -> str:
    return host_address(Path(path), text, {**BASE, **place, **more}).key


@pytest.mark.parametrize(
    "changed",
    [
        {"TOKEN": "two"},
        {"OTHER": "set"},
        {"PATH": "/usr/bin"},
        {"HTTPS_PROXY": "http://proxy"},
        {"text": CONFIG + " "},
        {"path": "/q/c.json"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_servers_depend_on_makes_another_host(
    place: dict[str, str], changed: dict[str, str]
) -> None:
    assert key(place, **changed) != key(place)


@pytest.mark.parametrize("name", ["TERM", "SHLVL", "UNRELATED", "XDG_SESSION_ID", "SSH_TTY"])
def test_what_differs_between_terminals_does_not(place: dict[str, str], name: str) -> None:
    assert key(place, **{name: "changed"}) == key(place)


def test_a_config_that_inherits_depends_on_all_variables(place: dict[str, str]) -> None:
    text = '{"mcpServers": {"a": {"command": "x", "inheritEnv": true}}}'
    assert key(place, text, UNRELATED="changed") != key(place, text)
    assert key(place, text, SHLVL="changed") == key(place, text)


def test_another_version_is_another_host(
    place: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key(place)
    monkeypatch.setattr("runtime.host.address.__version__", "0.0.1")
    assert key(place) != before


def test_no_value_is_in_the_file_names(place: dict[str, str]) -> None:
    address = host_address(Path("/p/c.json"), CONFIG, {**BASE, **place, "TOKEN": "secret"})
    assert "secret" not in f"{address.socket}{address.lock}{address.log}"


def test_the_folder_is_made_for_its_user_alone(place: dict[str, str], tmp_path: Path) -> None:
    folder = host_folder(place)
    assert folder == tmp_path / "mcp-execution"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("runtime_dir", ["/nowhere/at/all", "/" + "long/" * 30, ""])
def test_without_a_usable_runtime_folder_it_is_in_the_temp_folder(
    runtime_dir: str, tmp_path: Path
) -> None:
    folder = host_folder({"XDG_RUNTIME_DIR": runtime_dir, "TMPDIR": str(tmp_path)})
    assert folder == tmp_path / f"mcp-execution-{os.getuid()}"


def test_a_path_too_long_for_a_socket_is_not_used(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    folder = host_folder({"XDG_RUNTIME_DIR": str(deep), "TMPDIR": str(tmp_path)})
    assert folder.parent == tmp_path


def test_a_file_in_its_place_is_refused(place: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mcp-execution").write_text("")
    with pytest.raises(ConfigurationError, match="XDG_RUNTIME_DIR"):
        host_folder(place)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot use"):
        host_folder({"TMPDIR": str(tmp_path / "missing")})
