"""Foreign names become legal, distinct and stable identifiers."""

from __future__ import annotations

import keyword
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from runtime._naming import MODEL_NAMES, Identifier, Names, identifier, pascal_case, unique_names
from runtime.tool import ToolParams

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("git_log", "git_log"),
        ("getFile", "getFile"),
        ("größe", "größe"),
        ("查询", "查询"),
        ("match", "match"),
        ("get-file", "get_file"),
        ("../../x", "x"),
        ("/tmp/x", "tmp_x"),
        ("a/b", "a_b"),
        ("class", "class_"),
        ("2fa", "field_2fa"),
        ("__init__", "init"),
        ("_id", "id"),
        ("", "field"),
        ("{{x}}", "x"),
        ("ﬁle", "file"),
        ("\ud800", "field"),
        ("\u202egnp", "gnp"),
        ("À\U000109c0", "field"),
        ("\U000109c0a", "a"),
    ],
)
def test_a_name_becomes_the_nearest_identifier(name: str, expected: str) -> None:
    assert identifier(name, "field") == expected


@given(ANY_TEXT)
def test_every_name_becomes_a_public_identifier_of_bounded_length(name: str) -> None:
    made = identifier(name, "field")
    assert made.isidentifier()
    assert not keyword.iskeyword(made)
    assert not made.startswith("_")
    assert len(made.encode()) <= 200


@pytest.mark.parametrize("text", ["", "a b", "class", "_a", "a.b", "x" * 300, "ﬁ", "a\n"])
def test_an_identifier_cannot_be_made_from_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        Identifier(text)


def test_long_names_stay_distinct() -> None:
    a, b = identifier("x" * 300 + "a", "tool"), identifier("x" * 300 + "b", "tool")
    assert a != b


@given(st.lists(ANY_TEXT, max_size=8))
def test_different_names_get_different_identifiers(names: list[str]) -> None:
    made = unique_names(names, "tool", {"list"}, Names(["utils"], fold_case=True))
    assert made.keys() == set(names)
    assert len({each.casefold() for each in made.values()}) == len(set(names))
    assert not {"list", "utils"} & set(made.values())


@given(st.lists(ANY_TEXT, max_size=8), st.integers(0, 100))
def test_the_order_of_names_does_not_matter(names: list[str], seed: int) -> None:
    shuffled = random.Random(seed).sample(names, len(names))
    assert unique_names(names, "tool", ()) == unique_names(shuffled, "tool", ())


def test_a_legal_name_keeps_itself_whatever_stands_beside_it() -> None:
    assert unique_names(["a b", "a_b", "a-b"], "field", ())["a_b"] == "a_b"


def test_a_name_does_not_change_when_a_neighbour_comes() -> None:
    before = unique_names(["a b", "a_b"], "field", ())
    after = unique_names(["a b", "a_b", "a-b", "a.b"], "field", ())
    assert after.items() >= before.items()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("git_log", "GitLog"), ("getFile", "GetFile"), ("none", "None_"), ("a__b", "AB")],
)
def test_class_names_are_in_pascal_case(name: str, expected: str) -> None:
    assert pascal_case(name) == expected


def test_numbered_names_are_the_first_that_is_free() -> None:
    names = Names(["Item"])
    assert [names.take_numbered(each) for each in ("Item", "Other", "Item")] == [
        "Item2",
        "Other",
        "Item3",
    ]


def test_several_names_are_claimed_together_or_not_at_all() -> None:
    names = Names(["b"])
    assert not names.claim("a", "b")
    assert names.claim("a")


def test_no_field_may_hide_an_attribute_of_the_base_class() -> None:
    public = {name for name in dir(ToolParams) if not name.startswith("_")}
    assert public <= MODEL_NAMES
    assert "model_dump" in MODEL_NAMES & set(dir(BaseModel))
