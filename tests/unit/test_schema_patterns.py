"""Patterns are enforced where ECMA-262, Python and Rust read them alike, and nowhere else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import SchemaValidator, ValidationError, core_schema

from runtime._schema_patterns import enforceable_pattern


def accepts(pattern: str, text: str) -> bool:
    validator = SchemaValidator(core_schema.str_schema(pattern=pattern))
    try:
        validator.validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[0-9]{4}-(0[1-9]|1[012])$",
        "^[a-z0-9][a-z0-9_-]*$",
        r"^\d+(?:;\d+)*$",
        r"^[\w.-]+@[\w.-]+$",
        "(?<year>[0-9]+)",
        r"^#[0-9A-Fa-f]{6}$",
        r"a+?b*?c??d{2,3}?",
        r"^\u0041\x42$",
    ],
)
def test_patterns_that_all_read_alike_are_kept(pattern: str) -> None:
    assert enforceable_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        "(?!a)b",
        "(?<=a)b",
        r"(a)\1",
        r"\bword",
        r"\p{L}",
        r"\Aa",
        r"a\Z",
        r"\cA",
        r"\h",
        "(?i)a",
        "(?P<n>a)",
        "[]a]",
        "[^]",
        "[a--b]",
        "[a&&b]",
        r"[^\W]",
        "a**",
        "a*+",
        "*a",
        "{{x}}",
        "a{,2}",
        "a{2,1}",
        "(",
        "[",
        "a\\",
        "(((a{100}){100}){100}){100}",
    ],
)
def test_patterns_that_are_read_differently_are_not_enforced(pattern: str) -> None:
    assert enforceable_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\D$", "٣"),
        (r"^\d$", "٣"),
        (r"^\W$", "é"),
        (r"^\s$", "\ufeff"),
        (r"^\S$", "\x85"),
        (r"^[^\d]$", "٣"),
        (r"^[^\s]$", "\x85"),
        (r"^[^\w]$", "é"),
        (r"^[\W]$", "é"),
        (r"^.$", "\u2028"),
    ],
)
def test_a_class_that_is_read_differently_has_the_widest_reading(pattern: str, text: str) -> None:
    enforced = enforceable_pattern(pattern)
    assert enforced is not None
    assert accepts(enforced, text)


def test_a_pattern_may_match_anywhere() -> None:
    assert accepts(enforceable_pattern("b") or "", "abc")


def test_the_end_of_the_text_is_the_end() -> None:
    assert not accepts(enforceable_pattern("^a$") or "", "a\n")


PIECES = st.sampled_from(
    [*"ab1-_.^$|()[]{}*+?,/ &~", r"\d", r"\w", r"\s", r"\D", r"\.", r"\-", "[a-z]", "[^a", "{1,2}"]
)
ASCII = st.text(st.sampled_from("ab1-_. /&~[]\n"), max_size=5)


@pytest.mark.filterwarnings("ignore:Possible (nested set|set):FutureWarning")
@settings(max_examples=400)
@given(st.lists(PIECES, max_size=6).map("".join), st.lists(ASCII, max_size=5))
def test_what_python_matches_in_ascii_is_never_refused(pattern: str, texts: list[str]) -> None:
    enforced = enforceable_pattern(pattern)
    try:
        python = re.compile(pattern.replace("$", r"\Z"))
    except re.error:
        return
    for text in texts if enforced is not None else []:
        if python.search(text):
            assert accepts(enforced or "", text)
