"""Foreign text in messages: nothing in it steers a terminal, hides, or shows a secret."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime._text import did_you_mean, printable, quoted, redacted


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b", r"\x1b"),
        ("\x00", r"\x00"),
        ("\r", r"\r"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\x9b"),
        ("\u202e", r"\u202e"),
        ("\u2066", r"\u2066"),
        ("\u200b", r"\u200b"),
        ("\u2028", r"\u2028"),
        ("\ufeff", r"\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_controls_direction_marks_and_hidden_characters_are_escaped(
    character: str, shown: str
) -> None:
    assert printable(f"a{character}b") == f"a{shown}b"


def test_words_of_any_language_tabs_and_line_ends_stay_as_they_are() -> None:
    text = "naïve\tличность\n日本語 🙂 العربية"
    assert printable(text) == text


def test_a_text_is_cut_at_the_limit_and_says_how_much_is_left_out() -> None:
    assert printable("abcdef", 4) == "abcd… (2 more characters)"
    assert printable("abcd", 4) == "abcd"


@given(st.text(alphabet=st.characters()))
def test_what_is_shown_holds_no_control_character_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]


@given(st.text(alphabet=st.characters()))
def test_a_quoted_name_is_one_line(text: str) -> None:
    assert len(quoted(text).splitlines()) == 1


def test_a_quoted_name_is_between_quotes_and_cut() -> None:
    assert quoted("git") == "'git'"
    assert quoted("a" * 300).startswith("'" + "a" * 200 + "…")
    assert quoted("a\nb") == r"'a\nb'"


def test_every_occurrence_of_a_secret_is_replaced() -> None:
    assert redacted("k=s3cret-1, again s3cret-1", {"s3cret-1"}) == "k=***, again ***"


def test_a_secret_that_holds_another_leaves_no_part_of_itself() -> None:
    assert redacted("Bearer abcdef-xyz", {"abcdef", "abcdef-xyz"}) == "Bearer ***"


def test_a_value_too_short_to_be_a_secret_is_left() -> None:
    assert redacted("port 8080 is true", {"8080", "true", ""}) == "port 8080 is true"


@given(st.text(), st.sets(st.text(min_size=6, max_size=12, alphabet="abcdef"), max_size=4))
def test_no_secret_of_six_characters_survives(text: str, secrets: set[str]) -> None:
    shown = redacted(text + "".join(secrets), secrets)
    assert not [secret for secret in secrets if secret in shown]


def test_near_names_are_suggested_the_nearest_first() -> None:
    known = ["git_log", "git_status", "fetch"]
    assert did_you_mean("git_statu", known).startswith("did you mean 'git_status'")


def test_without_a_near_name_all_are_named() -> None:
    assert did_you_mean("zzz", ["b", "a"]) == "known: 'a', 'b'"


def test_of_many_names_twenty_are_shown_and_the_rest_counted() -> None:
    shown = did_you_mean("qqq", [f"x{i:03}" for i in range(25)])
    assert shown.endswith("'x019' and 5 more")


def test_no_names_at_all_is_said_so() -> None:
    assert did_you_mean("x", []) == "there are none"


def test_a_foreign_name_in_a_suggestion_is_made_safe() -> None:
    assert "\x1b" not in did_you_mean("evil", ["evil\x1b[2J"])
