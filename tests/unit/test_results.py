"""What a script gets for a ``CallToolResult``."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime._results import is_result_envelope, unwrap_result
from runtime.exceptions import ToolExecutionError

IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
ENVELOPE = {
    "type": "object",
    "properties": {"result": {"type": "array"}},
    "required": ["result"],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def _text(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


@given(json_values.filter(lambda value: value is not None))
def test_any_structured_content_comes_out_as_it_is(value: Any) -> None:
    result = {"content": [{"type": "text", "text": "other"}], "structuredContent": value}
    assert unwrap_result(result, None) is value


@given(json_values)
def test_any_value_in_the_declared_envelope_comes_out_of_it(value: Any) -> None:
    result = {"content": [], "structuredContent": {"result": value}}
    assert unwrap_result(result, ENVELOPE) is value


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {},
        {"type": "object", "properties": {"result": {}}},
        {"type": "object", "properties": {"result": {}, "more": {}}, "required": ["result"]},
        {"type": "object", "properties": {"other": {}}, "required": ["result"]},
        {**ENVELOPE, "additionalProperties": True},
        {**ENVELOPE, "additionalProperties": {"type": "string"}},
        {"properties": ["result"], "required": ["result"]},
    ],
)
def test_an_object_with_a_key_result_stays_one_where_no_envelope_is_declared(
    schema: dict[str, Any] | None,
) -> None:
    result = {"content": [], "structuredContent": {"result": 1}}
    assert unwrap_result(result, schema) == {"result": 1}


@pytest.mark.parametrize("closed", [{}, {"additionalProperties": False}, {"title": "xOutput"}])
def test_the_envelope_of_the_sdk_is_recognised(closed: dict[str, Any]) -> None:
    assert is_result_envelope({**ENVELOPE, **closed})


@pytest.mark.parametrize("structured", [{"result": 1, "more": 2}, {"other": 1}, {}, [1], "x"])
def test_content_that_does_not_keep_to_its_envelope_loses_nothing(structured: Any) -> None:
    result = {"content": [], "structuredContent": structured}
    assert unwrap_result(result, ENVELOPE) == structured


def test_structured_content_of_null_counts_as_none() -> None:
    assert unwrap_result({**_text("hello"), "structuredContent": None}, None) == "hello"


@pytest.mark.parametrize("structured", [{}, [], 0, False, ""])
def test_empty_structured_content_is_content(structured: Any) -> None:
    assert unwrap_result({**_text("other"), "structuredContent": structured}, None) == structured


def test_a_single_text_is_given_as_it_is() -> None:
    assert unwrap_result(_text("  plain words\n"), None) == "  plain words\n"


@given(st.one_of(st.lists(json_values), st.dictionaries(st.text(max_size=5), json_values)))
def test_a_text_that_is_a_json_object_or_array_is_parsed(value: Any) -> None:
    assert unwrap_result(_text(json.dumps(value)), None) == value
    assert unwrap_result(_text("\r\n\t " + json.dumps(value, indent=2) + "\n"), None) == value


@pytest.mark.parametrize("text", ["5", "true", "null", '"quoted"', "1e5", "", "   "])
def test_a_text_that_is_another_json_value_stays_text(text: str) -> None:
    assert unwrap_result(_text(text), None) == text


@pytest.mark.parametrize(
    "text", ["{not json}", "[1, 2", "[INFO] started", "{} {}", "[" * 100_000, "[" + "1" * 9000]
)
def test_a_text_that_only_looks_like_json_stays_text(text: str) -> None:
    assert unwrap_result(_text(text), None) == text


def test_a_number_too_long_for_python_leaves_the_text_as_it_is() -> None:
    text = "[" + "1" * 9000 + "]"
    assert unwrap_result(_text(text), None) == text


@pytest.mark.parametrize(
    "content",
    [
        [],
        [IMAGE],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        [{"type": "text", "text": "a"}, IMAGE],
        [{"type": "from-the-future", "x": 1}],
        [{"type": "text"}],
        [{"type": "text", "text": 5}],
        ["no block"],
    ],
)
def test_other_content_comes_out_as_its_blocks_and_nothing_is_dropped(content: list[Any]) -> None:
    assert unwrap_result({"content": content}, None) == content


@pytest.mark.parametrize("result", [{}, {"content": None}])
def test_a_result_without_content_is_an_empty_list(result: dict[str, Any]) -> None:
    assert unwrap_result(result, None) == []


def test_an_object_with_an_attribute_value_gives_that_attribute() -> None:
    result = {"content": [], "structuredContent": SimpleNamespace(value=[1, 2])}
    assert unwrap_result(result, None) == [1, 2]


def test_a_json_object_keeps_its_own_key_value() -> None:
    result = {"content": [], "structuredContent": {"value": 1}}
    assert unwrap_result(result, None) == {"value": 1}


def test_an_error_is_raised_with_its_words_and_its_whole_content() -> None:
    content = [{"type": "text", "text": "no such file"}, IMAGE, {"type": "text", "text": "sorry"}]
    with pytest.raises(ToolExecutionError) as caught:
        unwrap_result({"isError": True, "content": content}, None)
    assert str(caught.value) == "no such file\nsorry"
    assert caught.value.content == content
    assert caught.value.code is None


def test_an_error_is_raised_also_where_there_is_structured_content() -> None:
    result = {"isError": True, "structuredContent": {"result": 1}, **_text("no")}
    with pytest.raises(ToolExecutionError, match="no"):
        unwrap_result(result, ENVELOPE)


@pytest.mark.parametrize("kind", ["input_required", "from-the-future", None, 5])
def test_a_result_that_is_not_the_last_word_is_a_tool_error(kind: Any) -> None:
    with pytest.raises(ToolExecutionError, match="asks for input"):
        unwrap_result({**_text("words"), "resultType": kind}, None)


def test_a_result_that_says_that_it_is_complete_is_one() -> None:
    assert unwrap_result({**_text("words"), "resultType": "complete"}, None) == "words"


def test_an_error_without_text_shows_its_content_as_json() -> None:
    with pytest.raises(ToolExecutionError, match='"mimeType": "image/png"'):
        unwrap_result({"isError": True, "content": [IMAGE]}, None)


@pytest.mark.parametrize("content", [[], None])
def test_an_error_that_says_nothing_is_told_as_that(content: Any) -> None:
    with pytest.raises(ToolExecutionError, match="without a word") as caught:
        unwrap_result({"isError": True, "content": content}, None)
    assert caught.value.content == []


@pytest.mark.parametrize("content", [5, "words", {"type": "text"}, True])
def test_an_error_whose_content_is_malformed_is_still_a_tool_error(content: Any) -> None:
    with pytest.raises(ToolExecutionError) as caught:
        unwrap_result({"isError": True, "content": content}, None)
    assert json.dumps(content) in str(caught.value)
    assert caught.value.content == [content]


def test_an_error_text_cannot_steer_the_terminal() -> None:
    with pytest.raises(ToolExecutionError) as caught:
        unwrap_result({"isError": True, **_text("\x1b[2Jgone")}, None)
    assert str(caught.value) == r"\x1b[2Jgone"


def test_an_error_text_is_shown_the_way_the_connection_shows_it() -> None:
    with pytest.raises(ToolExecutionError, match=r"^key [*]{3}$"):
        unwrap_result(
            {"isError": True, **_text("key s3cret")},
            None,
            lambda text: text.replace("s3cret", "***"),
        )
