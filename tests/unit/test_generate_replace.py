"""A folder is replaced whole or not at all, wherever the process dies."""

from __future__ import annotations

import fcntl
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime import _generate_replace
from runtime._generate_replace import exclusive, replace_file, replace_folder

OLD = {"a.py": "old a", "b.py": "old b"}
NEW = {"a.py": "new a", "c.py": "new c"}


def write(folder: Path, files: dict[str, str]) -> None:
    with exclusive(folder.parent):
        replace_folder(folder, files, {*OLD, *NEW} - set(files))


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def dies_at_step(step: int, work: Callable[[], None]) -> bool:
    """Does ``work`` in a process that is killed at its ``step``-th operation; whether it was."""
    child = os.fork()
    if child == 0:
        steps = itertools.count(1)

        def kill_at_step(event: str, _args: Any) -> None:
            if event.startswith(("os.", "open", "shutil", "ctypes")) and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill_at_step)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_killed_process_leaves_the_old_folder_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "servers" / "git"
    write(folder, OLD)
    (folder / "utils.py").write_text("mine")
    seen = []
    for step in itertools.count(1):
        died = dies_at_step(step, lambda: write(folder, NEW))
        seen.append(content(folder))
        write(folder, OLD)
        assert content(folder) == {**OLD, "utils.py": "mine"}
        assert [path.name for path in folder.parent.iterdir()] == ["git"]
        if not died:
            break
    assert len(seen) > 10
    assert {**NEW, "utils.py": "mine"} in seen
    assert all(each in ({**OLD, "utils.py": "mine"}, {**NEW, "utils.py": "mine"}) for each in seen)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_where_folders_cannot_be_swapped_the_next_run_repairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_generate_replace, "_exchange", lambda a, b: False)
    folder = tmp_path / "servers" / "git"
    write(folder, OLD)
    for step in itertools.count(1):
        died = dies_at_step(step, lambda: write(folder, NEW))
        with exclusive(folder.parent):
            assert content(folder) in (OLD, NEW)
        assert [path.name for path in folder.parent.iterdir()] == ["git"]
        write(folder, OLD)
        if not died:
            break


def test_what_is_not_replaced_stays_the_same_file(tmp_path: Path) -> None:
    folder = tmp_path / "git"
    write(folder, OLD)
    (folder / "sub").mkdir()
    (folder / "sub" / "data.txt").write_text("mine")
    (folder / "link").symlink_to("nowhere")
    before = {name: (folder / name).lstat() for name in ("b.py", "sub/data.txt", "link")}
    with exclusive(tmp_path):
        replace_folder(folder, {"a.py": "new"}, set())
    after = {name: (folder / name).lstat() for name in before}
    assert {n: (s.st_ino, s.st_mtime_ns) for n, s in after.items()} == {
        n: (s.st_ino, s.st_mtime_ns) for n, s in before.items()
    }


def test_files_are_copied_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    folder = tmp_path / "git"
    write(folder, OLD)
    before = (folder / "b.py").stat().st_mtime_ns
    with exclusive(tmp_path):
        replace_folder(folder, {"a.py": "new"}, set())
    assert content(folder) == {"a.py": "new", "b.py": "old b"}
    assert (folder / "b.py").stat().st_mtime_ns == before


def test_new_folders_and_files_have_the_usual_permissions(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write(tmp_path / "git", OLD)
        replace_file(tmp_path / "README.md", "text")
    finally:
        os.umask(mask)
    assert (tmp_path / "git").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "README.md").stat().st_mode & 0o777 == 0o640


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "git", {"a.py": "é\r\n"})
    assert (tmp_path / "git" / "a.py").read_bytes() == "é\r\n".encode()


def test_two_processes_are_never_at_work_in_one_folder(tmp_path: Path) -> None:
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        with exclusive(tmp_path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)
