"""A server's README gives each tool one short line."""

from __future__ import annotations

from typing import Any

import pytest

from runtime._emit_readme import first_sentence, index_readme, server_readme, tool_line
from tests.generated import name


def line(**tool: Any) -> str:
    return tool_line({"name": "act", **tool}, name("act"), {name("b"): False, name("a"): True})


def test_a_line_has_the_signature_and_the_first_sentence() -> None:
    assert line(description="Acts now. And later.") == "- `act(a, b?)` Acts now.\n"


@pytest.mark.parametrize(
    ("annotations", "mark"),
    [
        (None, ""),
        ({}, ""),
        ({"readOnlyHint": True, "destructiveHint": True}, ""),
        ({"readOnlyHint": False}, " **writes**"),
        ({"destructiveHint": False}, " **writes**"),
        ({"destructiveHint": True}, " **destroys**"),
        ("malformed", ""),
    ],
)
def test_a_line_marks_what_writes_and_what_destroys(annotations: Any, mark: str) -> None:
    assert line(annotations=annotations) == f"- `act(a, b?)`{mark}\n"


def test_a_tool_without_a_description_is_told_by_its_title() -> None:
    assert line(title="The title") == "- `act(a, b?)` The title\n"


def test_of_many_params_those_that_must_be_given_are_all_shown() -> None:
    params = {name(f"p{i}"): i >= 4 for i in range(20)}
    [shown] = tool_line({"name": "act"}, name("act"), params).splitlines()
    assert all(f"p{i}" in shown for i in range(4, 20))
    assert shown.endswith(", ...)`")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("Reads a file, e.g. a log. Then more.", "Reads a file, e.g. a log."),
        ("Version 2.1 of it! Really.", "Version 2.1 of it!"),
        ("First line\nsame sentence\n\nnext", "First line same sentence"),
        ("Does these:\n- a\n- b", "Does these:"),
        ("# Title\n\ntext", "Title"),
        ("", ""),
        ("x " * 200, "x " * 49 + "x..."),
        ("a\u202eb\x00c", "a\\u202eb\\x00c"),
    ],
)
def test_the_first_sentence_is_one_line_of_bounded_length(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_a_readme_counts_its_tools() -> None:
    text = server_readme("my\nserver", name("my_server"), ["- `act()`\n"])
    assert "# my server: 1 tool\n" in text
    assert "`from servers.my_server import ...`" in text


def test_the_index_has_a_line_for_every_server() -> None:
    text = index_readme({"b": 2, "a": 1})
    assert text.splitlines()[-2:] == ["- [a](a/README.md): 1 tool", "- [b](b/README.md): 2 tools"]
