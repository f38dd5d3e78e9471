"""The folder of wrappers is brought up to date, and what is not ours stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime._emit_module import HEADER
from runtime._emit_package import Package, render_package
from runtime._generate_folder import update_folder
from runtime._naming import Identifier


def package(*tools: str, name: str = "git") -> Package:
    listed: list[dict[str, Any]] = [{"name": tool, "inputSchema": {}} for tool in tools]
    return render_package(name, Identifier(name), listed)


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_package_has_a_module_per_tool_and_the_rest(tmp_path: Path) -> None:
    outcome = update_folder(tmp_path, [package("add", "log")])
    assert names(tmp_path) == {"git", "README.md", "__init__.py", "py.typed"}
    assert names(tmp_path / "git") == {"__init__.py", "README.md", "py.typed", "add.py", "log.py"}
    assert outcome.changed == ["git", "README.md", "py.typed", "__init__.py"]


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    update_folder(tmp_path, [package("add", "log")])
    before = stamps(tmp_path)
    assert update_folder(tmp_path, [package("log", "add")]).changed == []
    assert stamps(tmp_path) == before


def test_a_change_touches_only_what_changed(tmp_path: Path) -> None:
    update_folder(tmp_path, [package("add", "log"), package("get", name="fetch")])
    before = stamps(tmp_path)
    assert update_folder(tmp_path, [package("log", "show")]).changed == ["git"]
    after = stamps(tmp_path)
    for path in ("git/log.py", "git/py.typed", "fetch", "fetch/get.py", "__init__.py"):
        assert after[str(tmp_path / path)] == before[str(tmp_path / path)]


def test_the_modules_of_tools_that_are_gone_go(tmp_path: Path) -> None:
    update_folder(tmp_path, [package("add", "log")])
    update_folder(tmp_path, [package("log")])
    assert names(tmp_path / "git") == {"__init__.py", "README.md", "py.typed", "log.py"}
    assert "1 tool" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize(
    "name", ["utils.py", "discovered_types.py", "mine.py", "data.json", "sub/x.py"]
)
def test_what_is_not_ours_stays(tmp_path: Path, name: str) -> None:
    update_folder(tmp_path, [package("add")])
    mine = tmp_path / "git" / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine = 1\n")
    before = (mine.stat().st_ino, mine.stat().st_mtime_ns)
    update_folder(tmp_path, [package("log")])
    assert (mine.stat().st_ino, mine.stat().st_mtime_ns) == before


def test_a_file_in_the_way_stays_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "log.py").write_text("mine = 1\n")
    (tmp_path / "git" / "add.py").symlink_to(tmp_path / "elsewhere.py")
    (tmp_path / "README.md").write_text("my notes\n")
    update_folder(tmp_path, [package("add", "log", "show")])
    assert (tmp_path / "git" / "log.py").read_text() == "mine = 1\n"
    assert (tmp_path / "README.md").read_text() == "my notes\n"
    assert not (tmp_path / "elsewhere.py").exists()
    assert (tmp_path / "git" / "show.py").read_text().startswith(HEADER)
    assert [record.args[0].name for record in caplog.records if record.args] == [  # type: ignore
        "add.py",
        "log.py",
        "README.md",
    ]


@pytest.mark.parametrize("kind", ["package", "file", "link"])
def test_a_package_that_is_not_ours_fails_its_server_alone(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "git"
    if kind == "package":
        place.mkdir()
        (place / "__init__.py").write_text("")
    elif kind == "file":
        place.write_text("")
    else:
        (tmp_path / "outside").mkdir()
        place.symlink_to(tmp_path / "outside")
    outcome = update_folder(tmp_path, [package("add"), package("get", name="fetch")])
    assert list(outcome.failures) == ["git"]
    assert "not from mcp-generate" in outcome.failures["git"]
    assert (tmp_path / "fetch" / "get.py").exists()
    assert not (tmp_path / "git" / "add.py").exists()


def test_packages_of_other_servers_stay_and_are_listed(tmp_path: Path) -> None:
    update_folder(tmp_path, [package("get", "post", name="fetch")])
    update_folder(tmp_path, [package("add")])
    text = (tmp_path / "README.md").read_text()
    assert "[fetch](fetch/README.md): 2 tools" in text
    assert "[git](git/README.md): 1 tool" in text


def test_a_check_finds_what_is_due_and_writes_nothing(tmp_path: Path) -> None:
    update_folder(tmp_path, [package("add", "log")])
    before = stamps(tmp_path)
    assert update_folder(tmp_path, [package("log")], write=False).changed == ["git", "README.md"]
    assert stamps(tmp_path) == before
    missing = tmp_path / "missing"
    assert update_folder(missing, [package("add")], write=False).changed
    assert not missing.exists()


def test_an_existing_init_of_the_folder_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""Mine."""\n')
    update_folder(tmp_path, [package("add")])
    assert (tmp_path / "__init__.py").read_text() == '"""Mine."""\n'
