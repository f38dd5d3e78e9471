"""Which config file is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime._paths import find_config
from runtime.exceptions import ConfigurationError


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCP_CONFIG", raising=False)


def _config(folder: Path, name: str = "mcp_config.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("{}")
    return file


def test_a_named_file_comes_before_the_variable_and_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = _config(tmp_path / "named", "other.json")
    monkeypatch.setenv("MCP_CONFIG", str(_config(tmp_path / "variable")))
    monkeypatch.chdir(_config(tmp_path / "here").parent)
    assert find_config(named) == named
    assert find_config(str(named)) == named


def test_the_variable_comes_before_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = _config(tmp_path / "variable", "x.json")
    monkeypatch.setenv("MCP_CONFIG", str(variable))
    monkeypatch.chdir(_config(tmp_path / "here").parent)
    assert find_config() == variable


def test_an_empty_variable_counts_as_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _config(tmp_path)
    monkeypatch.setenv("MCP_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    assert find_config() == here


def test_the_nearest_folder_above_that_has_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _config(tmp_path)
    nearer = _config(tmp_path / "a")
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_config() == nearer


def test_a_folder_of_that_name_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = _config(tmp_path)
    (tmp_path / "a" / "mcp_config.json").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    assert find_config() == above


def test_a_relative_name_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _config(tmp_path / "a", "x.json")
    monkeypatch.chdir(tmp_path)
    assert find_config("a/../a/x.json") == tmp_path / "a" / "x.json"


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _config(tmp_path, "x.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_config("~/x.json") == file


def test_none_anywhere_says_where_it_looked_and_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        find_config()
    message = str(caught.value)
    assert str(tmp_path) in message
    assert "--config" in message
    assert "MCP_CONFIG=" in message


@pytest.mark.parametrize("name", ["missing.json", "~no-such-user-here/x.json"])
def test_a_named_file_that_is_missing_says_so_and_who_named_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"from --config\) does not exist"):
        find_config(name)


def test_a_variable_that_names_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _config(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MCP_CONFIG", "missing.json")
    with pytest.raises(ConfigurationError, match=r"from MCP_CONFIG\) does not exist"):
        find_config()


def test_a_named_folder_is_told_apart_from_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder, not a file"):
        find_config(tmp_path)
