"""Loading somebody's script, and taking our frames out of its tracebacks."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from runtime._script import Program, UnusableScriptError, load_file, load_source, peel
from runtime.exceptions import McpExecutionError, ServerConnectionError


def _write(folder: Path, source: str | bytes) -> str:
    file = folder / "script.py"
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    return str(file)


def test_a_file_is_known_by_the_path_it_was_given_and_imports_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "x = 1")
    monkeypatch.chdir(tmp_path)
    program = load_file("script.py")
    assert program.argv0 == "script.py"
    assert program.file == str(tmp_path / "script.py")
    assert program.import_folder == os.path.realpath(tmp_path)
    assert not program.is_coroutine


def test_imports_follow_a_link_to_the_folder_of_the_script_itself(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.py").symlink_to(_write(tmp_path / "real", "x = 1"))
    assert load_file(str(tmp_path / "link.py")).import_folder == os.path.realpath(tmp_path / "real")


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\nawait asyncio.sleep(0)",
        "async with x: pass",
        "async for x in y: pass",
        "z = [await x for x in y]",
    ],
)
def test_source_that_awaits_at_top_level_is_a_coroutine(source: str) -> None:
    assert load_source(source, "<string>", "-c").is_coroutine


@pytest.mark.parametrize("source", ["", "async def f(): await x", "import asyncio", "# await x"])
def test_source_that_does_not_is_none(source: str) -> None:
    assert not load_source(source, "<string>", "-c").is_coroutine


def test_source_in_another_encoding_is_read_as_it_declares(tmp_path: Path) -> None:
    program = load_file(_write(tmp_path, b"# coding: latin-1\nword = '\xe9'"))
    namespace: dict[str, str] = {}
    exec(program.code, namespace)
    assert namespace["word"] == "é"


@pytest.mark.parametrize(
    ("source", "line"), [("x = 1\nx = (", 2), ("await x\n)", 2), ("def f(:", 1)]
)
def test_source_that_is_not_python_is_a_syntax_error_with_its_line(
    tmp_path: Path, source: str, line: int
) -> None:
    path = _write(tmp_path, source)
    with pytest.raises(SyntaxError) as caught:
        load_file(path)
    assert caught.value.filename == path
    assert caught.value.lineno == line


def test_source_with_a_null_byte_is_a_syntax_error(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError, match="null bytes"):
        load_file(_write(tmp_path, "x\0"))


def test_our_own_future_imports_are_not_the_scripts() -> None:
    namespace: dict[str, object] = {}
    exec(load_source("def f(x: int): pass", "<string>", "-c").code, namespace)
    assert namespace["f"].__annotations__ == {"x": int}


def test_a_missing_script_is_unusable_and_asks_for_the_path(tmp_path: Path) -> None:
    with pytest.raises(UnusableScriptError, match="No such file or directory; is the path right"):
        load_file(str(tmp_path / "missing.py"))


def test_a_folder_is_no_script(tmp_path: Path) -> None:
    with pytest.raises(UnusableScriptError, match="it is a folder, name a script in it"):
        load_file(str(tmp_path))


def test_a_script_below_a_file_is_unusable(tmp_path: Path) -> None:
    path = _write(tmp_path, "")
    with pytest.raises(UnusableScriptError, match=r"Not a directory$"):
        load_file(f"{path}/x.py")


def test_a_name_with_control_characters_cannot_steer_the_terminal() -> None:
    with pytest.raises(UnusableScriptError) as caught:
        load_file("\x1b[2J.py")
    assert "\x1b" not in str(caught.value)


# Tracebacks.

RAISING = """
from runtime._text import did_you_mean
def inner():
    did_you_mean("x", None)
def outer():
    inner()
outer()
"""


def _raised(program: Program) -> BaseException:
    try:
        exec(program.code, {})
    except Exception as error:  # noqa: BLE001 - any script, any exception
        return error
    raise AssertionError


def _frames(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_only_the_scripts_own_frames_are_left() -> None:
    program = load_source(RAISING, "<string>", "-c")
    error = _raised(program)
    assert _frames(error) == ["_raised", "<module>", "outer", "inner", "did_you_mean"]
    peel(error, program)
    assert _frames(error) == ["<module>", "outer", "inner"]


def test_frames_of_other_libraries_below_the_script_are_left() -> None:
    program = load_source("import json\njson.loads('{')", "<string>", "-c")
    error = _raised(program)
    peel(error, program)
    assert _frames(error)[:2] == ["<module>", "loads"]


def test_frames_of_the_standard_library_that_we_called_are_ours() -> None:
    program = load_source(
        "from runtime._results import unwrap_result\n"
        "unwrap_result({'isError': True, 'content': [{'x': {1}}]}, None)",
        "<string>",
        "-c",
    )
    error = _raised(program)
    assert "dumps" in _frames(error)
    peel(error, program)
    assert _frames(error) == ["<module>"]


def test_a_function_of_the_script_that_we_call_is_left() -> None:
    program = load_source(
        "from runtime._results import unwrap_result\n"
        "def mine(text): raise KeyError(text)\n"
        "unwrap_result({'isError': True, 'content': [1]}, None, mine)",
        "<string>",
        "-c",
    )
    error = _raised(program)
    peel(error, program)
    assert _frames(error) == ["<module>", "mine"]


def test_source_that_is_in_no_file_shows_its_lines_in_a_traceback() -> None:
    program = load_source("a = 1\na / 0", "<string>", "-c")
    error = _raised(program)
    peel(error, program)
    assert [f.line for f in traceback.extract_tb(error.__traceback__)] == ["a / 0"]


def test_what_an_error_was_chained_to_is_peeled_too() -> None:
    program = load_source(
        "from runtime._text import did_you_mean\n"
        "try:\n    did_you_mean('x', None)\n"
        "except TypeError as e:\n    raise ValueError from e",
        "<string>",
        "-c",
    )
    error = _raised(program)
    peel(error, program)
    assert isinstance(error.__cause__, TypeError)
    assert _frames(error.__cause__) == ["<module>"]


def test_members_of_a_group_are_peeled_too() -> None:
    program = load_source(
        "from runtime._text import did_you_mean\n"
        "try:\n    did_you_mean('x', None)\n"
        "except TypeError as e:\n    raise ExceptionGroup('g', [e])",
        "<string>",
        "-c",
    )
    error = _raised(program)
    peel(error, program)
    assert isinstance(error, ExceptionGroup)
    assert _frames(error.exceptions[0]) == ["<module>"]


def test_our_own_errors_stand_alone() -> None:
    program = load_source(
        "from runtime.exceptions import *\n"
        "try:\n    1 / 0\n"
        "except ArithmeticError as e:\n    raise ServerConnectionError('lost') from e",
        "<string>",
        "-c",
    )
    error = _raised(program)
    peel(error, program)
    assert isinstance(error, ServerConnectionError)
    shown = "".join(traceback.format_exception(error))
    assert "ZeroDivisionError" not in shown
    assert "lost" in shown


def test_errors_chained_in_a_circle_are_peeled() -> None:
    program = load_source("1 / 0", "<string>", "-c")
    first, second = _raised(program), McpExecutionError("x")
    first.__context__, second.__context__ = second, first
    peel(first, program)
    assert _frames(first) == ["<module>"]
