"""Foreign text as source says exactly what it said, and does nothing."""

from __future__ import annotations

import ast
import inspect
import io
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime._emit_source import comment, docstring, literal, pattern_literal

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
HOSTILE = st.one_of(
    ANY_TEXT,
    st.text(st.sampled_from(list("\"'\\\n\r\t\0{}#\u202e\u2028\x0c\x85a ")), max_size=20),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
@example(float("inf"))
@example('"""')
@example("'\"")
def test_a_literal_is_worth_its_value(value: object) -> None:
    code = literal(value)
    assert eval(code, {"__builtins__": {"float": float}}) == value
    assert code.isprintable()


def test_a_literal_of_something_that_json_lacks_is_an_error() -> None:
    with pytest.raises(TypeError, match="set"):
        literal({1})


@given(HOSTILE.filter(bool))
@example("^\\d+$")
@example("\\")
@example('\\"')
def test_a_pattern_literal_is_worth_the_pattern(pattern: str) -> None:
    assert ast.literal_eval(pattern_literal(pattern)) == pattern


def test_a_pattern_is_written_raw_where_that_reads_better() -> None:
    assert pattern_literal(r"^\d+$") == r'r"^\d+$"'


@given(HOSTILE)
@example('ends with a quote"')
@example("ends with a backslash\\")
@example('"""; import os; """')
@example("a\n\n\n   b\n  c")
def test_a_docstring_is_one_statement_that_says_the_text(text: str) -> None:
    code = f"def f():\n{docstring(text, '    ')}    pass\n"
    [function] = ast.parse(code).body
    assert isinstance(function, ast.FunctionDef)
    assert [type(statement) for statement in function.body] == [ast.Expr, ast.Pass]
    said = ast.get_docstring(function, clean=False)
    assert said is not None
    assert said.split() == text.split()


def test_a_docstring_keeps_the_layout_of_its_text() -> None:
    text = "First.\n\nArgs:\n    a: one\n    b: two"
    [function] = ast.parse(f"def f():\n{docstring(text, '    ')}").body
    assert isinstance(function, ast.FunctionDef)
    assert inspect.cleandoc(ast.get_docstring(function) or "") == text


@given(HOSTILE)
@example("# type: ignore\n# mypy: ignore-errors")
@example("a\rimport os")
def test_comments_are_only_comments(text: str) -> None:
    code = comment(text, "    ")
    kinds = {token.type for token in tokenize.generate_tokens(io.StringIO(code).readline)}
    assert kinds <= {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
    assert code.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text",
    ["type: ignore", "mypy: ignore-errors", "pyright: basic", "noqa", "fmt: off", "type : int"],
)
def test_a_comment_gives_no_orders_to_tools(text: str) -> None:
    code = comment(text, "    ")
    assert code == f"    # | {text}\n"
    ast.parse(f"class A:\n{code}    x: int\n", type_comments=True)


def test_words_that_only_look_like_orders_stay_as_they_are() -> None:
    assert comment("typed values: a", "") == "# typed values: a\n"
