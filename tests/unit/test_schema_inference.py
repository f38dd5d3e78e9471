"""Samples as schemas: what is inferred, and that nothing of the values remains."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.schema_inference import (
    MAX_DEPTH,
    MAX_FIELDS,
    defensive_schema,
    infer_schema,
    is_data_key,
    merge_schemas,
)
from tests.json_values import json_values


@pytest.mark.parametrize(
    ("samples", "schema"),
    [
        ([1], {"type": "integer"}),
        ([1.0], {"type": "number"}),
        ([True], {"type": "boolean"}),
        ([10**30], {"type": "integer"}),
        ([1, 1.5], {"type": "number"}),
        ([1, True], {"type": ["boolean", "integer"]}),
        (["2026-01-31", "x"], {"type": "string"}),
        ([None, "x"], {"type": ["null", "string"]}),
        ([[]], {"type": "array"}),
        ([[], [1], ["x"]], {"type": "array", "items": {"type": ["integer", "string"]}}),
        ([{}], {"type": "object"}),
        ([], {}),
    ],
)
def test_the_type_is_that_of_all_samples(samples: list[Any], schema: Any) -> None:
    assert infer_schema(samples) == schema


def test_an_arrays_items_are_merged_from_all_its_elements() -> None:
    schema = infer_schema([[{"a": 1}, {"a": None, "b": "x"}]])

    assert schema["items"]["properties"] == {
        "a": {"type": ["integer", "null"]},
        "b": {"type": "string"},
    }


def test_one_elements_type_is_the_template_of_an_array() -> None:
    assert infer_schema([[{"a": 1}]]) == {"type": "array", "items": infer_schema([{"a": 1}])}


@given(st.lists(json_values(), max_size=5))
@settings(max_examples=300, deadline=None)
def test_the_order_of_the_samples_does_not_matter(samples: list[Any]) -> None:
    forwards, backwards = infer_schema(samples), infer_schema(reversed(samples))

    assert json.dumps(forwards) == json.dumps(backwards)


@given(st.lists(json_values(), max_size=3), st.lists(json_values(), max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_later_run_adds_to_an_earlier_one_in_either_order(
    earlier: list[Any], later: list[Any]
) -> None:
    a, b = infer_schema(earlier), infer_schema(later)

    assert json.dumps(merge_schemas([a, b])) == json.dumps(merge_schemas([b, a]))
    assert merge_schemas([a]) == a


@given(st.lists(json_values(), max_size=4))
@settings(max_examples=200, deadline=None)
def test_runs_one_after_the_other_find_what_one_run_finds(samples: list[Any]) -> None:
    one_by_one = merge_schemas(infer_schema([sample]) for sample in samples)

    assert one_by_one == infer_schema(samples)


@pytest.mark.parametrize(
    "key",
    [
        "42",
        "-1.5",
        "2026-01-31",
        "2026-01-31T10:00:00Z",
        "10.0.0.1",
        "user_123456",
        "228be15",
        "9f86d081884c7d65",
        "550e8400-e29b-41d4-a716-446655440000",
        "alice@example.com",
        "src/main.py",
        "https://example.com",
        "application/json",
        "C:\\temp",
        "PROJ-12",
        "U024BE7LH",
        "two\nlines",
        "x" * 65,
    ],
)
def test_a_key_that_is_data_is_no_field(key: str) -> None:
    assert is_data_key(key)
    schema = infer_schema([{key: 1, "name": "x"}])
    assert list(schema["properties"]) == ["name"]
    assert key not in json.dumps(schema)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "id",
        "first name",
        "$filter",
        "@type",
        "x-y",
        "class",
        "System.Title",
        "Members@odata.count",
        "line1",
        "address_2",
        "52_week_high",
        "1. open",
        "sha256",
        "iso8601",
        "decade",
        "price_change_percentage_24h_in_currency",
        "größe",
        "日本",
    ],
)
def test_a_key_that_is_a_name_is_a_field(key: str) -> None:
    assert infer_schema([{key: 1}])["properties"] == {key: {"type": "integer"}}


def test_objects_with_no_keys_but_data_are_maps() -> None:
    schema = defensive_schema(infer_schema([{"17": {"a": 1}, "23": {"a": 2.5, "b": "x"}}]))

    value = {
        "type": "object",
        "properties": {"a": {"type": ["null", "number"]}, "b": {"type": ["null", "string"]}},
    }
    entry = {"anyOf": [{"type": "null"}, value]}
    assert schema == {"type": "object", "additionalProperties": entry}


def test_three_names_over_records_of_the_same_fields_are_a_map() -> None:
    people = {name: {"age": 1, "city": "x"} for name in ("ann", "bob", "eve")}

    assert "ann" not in json.dumps(infer_schema([people]))
    assert "ann" in json.dumps(infer_schema([{**people, "total": 3}]))
    assert "ann" in json.dumps(infer_schema([{"ann": people["ann"], "bob": people["bob"]}]))


def test_more_names_than_records_have_over_values_of_one_type_are_a_map() -> None:
    counts: dict[str, Any] = {f"word{chr(97 + i)}": i for i in range(MAX_FIELDS + 1)}

    assert "properties" not in infer_schema([counts])
    assert "properties" in infer_schema([{**counts, "worda": "x"}])


def test_a_map_stays_a_map_when_a_later_run_finds_one_entry() -> None:
    people = {name: {"age": 1, "city": "x"} for name in ("ann", "bob", "eve")}
    schema = merge_schemas([infer_schema([people]), infer_schema([{"zoe": {"age": 1.5}}])])

    text = json.dumps(schema)
    assert "zoe" not in text
    assert "number" in text


def test_fields_beside_data_keys_stay_fields_and_the_rest_is_open() -> None:
    schema = defensive_schema(infer_schema([{"name": "x", "17": 1}]))

    assert schema == {"type": "object", "properties": {"name": {"type": ["null", "string"]}}}


def test_what_was_never_seen_but_null_or_empty_may_be_anything() -> None:
    schema = defensive_schema(infer_schema([{"a": None, "b": [], "c": [None], "d": {}}]))

    assert schema["properties"] == {
        "a": {},
        "b": {"type": ["array", "null"]},
        "c": {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]},
        "d": {"type": ["null", "object"]},
    }


@pytest.mark.parametrize("sample", ["\ud800", {"\udfff": 1}, {1: 2}, (1,), object()])
def test_what_no_model_can_hold_may_be_anything(sample: Any) -> None:
    earlier = infer_schema([{"a": sample}])
    schema = merge_schemas([earlier, infer_schema([{"a": "x"}])])

    assert defensive_schema(schema)["properties"] == {"a": {}}


def test_nothing_is_looked_into_below_the_limit() -> None:
    sample: Any = "deep"
    for _ in range(900):
        sample = [sample]

    assert json.dumps(infer_schema([sample])).count("array") == MAX_DEPTH


@given(json_values())
@settings(max_examples=200, deadline=None)
def test_a_schema_has_no_keyword_that_could_hold_a_value(sample: Any) -> None:
    def check(schema: dict[str, Any]) -> None:
        assert schema.keys() <= {"type", "anyOf", "items", "properties", "patternProperties"}
        parts = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
        parts += schema.get("properties", {}).values()
        parts += schema.get("patternProperties", {}).values()
        for part in parts:
            check(part)

    check(infer_schema([sample]))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "date"},
        {"type": "string", "enum": ["x"]},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": 1}},
        {"anyOf": 1},
        {"type": 1},
        {"enum": [1]},
        [],
    ],
)
def test_what_was_not_inferred_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match="not an inferred schema"):
        merge_schemas([schema])


def test_ten_thousand_records_take_less_than_two_seconds() -> None:
    owner = {"login": "x", "id": 1, "admin": False}
    records = [
        {"id": i, "name": f"n{i}", "tags": ["a", "b"], "owner": owner, "score": i / 3, "note": None}
        for i in range(10_000)
    ]

    start = time.process_time()
    infer_schema([records])

    assert time.process_time() - start < 2
