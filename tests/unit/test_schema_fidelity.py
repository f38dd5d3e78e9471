"""For any schema: what fits it is accepted and stays as it is (``jsonschema`` is the oracle)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime._json_values import same_json
from runtime.exceptions import SchemaValidationError
from tests.generated import load, render, reread, sent
from tests.schemas import NAMES, documents, is_valid, object_schemas, values

OBJECTS = st.dictionaries(st.sampled_from(NAMES), values(), max_size=4)
SLOW = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))


@SLOW
@given(documents(object_schemas()), st.lists(OBJECTS, max_size=4))
def test_valid_params_are_accepted_and_sent_unchanged(schema: Any, given_params: Any) -> None:
    kind = load(render({"inputSchema": schema}).source).ActParams
    for value in [*given_params, {}]:
        if is_valid(schema, value):
            assert same_json(sent(kind.model_validate(value)), value)


@SLOW
@given(documents(), st.lists(values(), max_size=6))
def test_valid_results_are_read_unchanged(schema: Any, results: list[Any]) -> None:
    if not isinstance(schema, dict):
        return
    module = render({"outputSchema": schema})
    kind = load(module.source).ActResult
    for value in results:
        if not module.unwrapped and is_valid(schema, value):
            assert same_json(reread(kind, value), value)


@SLOW
@given(documents(object_schemas()), OBJECTS)
def test_what_is_accepted_is_never_altered(schema: Any, value: Any) -> None:
    kind = load(render({"inputSchema": schema}).source).ActParams
    try:
        read = kind.model_validate(value)
    except SchemaValidationError:
        return
    assert same_json(sent(read), value)


@SLOW
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "required",
                    "items",
                    "enum",
                    "const",
                    "anyOf",
                    "allOf",
                    "oneOf",
                    "not",
                    "$ref",
                    "minimum",
                    "maxLength",
                    "pattern",
                    "additionalProperties",
                    "patternProperties",
                    "default",
                    "description",
                    "format",
                    "prefixItems",
                    "propertyNames",
                    "multipleOf",
                    "$defs",
                    "title",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=15,
    )
)
def test_no_malformed_schema_stops_the_emitter(schema: Any) -> None:
    load(render({"inputSchema": schema, "outputSchema": schema, "description": schema}).source)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "5"),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.5),
        ({"type": "number"}, "1.5"),
        ({"type": "number"}, False),
        ({"type": "string"}, 5),
        ({"type": "boolean"}, 1),
        ({"type": "boolean"}, "true"),
        ({"type": "null"}, "null"),
        ({"type": "array"}, "ab"),
        ({"type": "array"}, {"0": 1}),
        ({"type": "object"}, [["a", 1]]),
        ({"const": 1}, True),
        ({"const": True}, 1),
        ({"enum": [0, "a"]}, False),
        ({"const": 0.5}, 0.25),
        ({"const": {"a": 1}}, {"a": True}),
        ({"type": "string", "maxLength": 2}, "abc"),
        ({"type": "array", "items": {"type": "integer"}}, ["1"]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": 1}),
        ({"type": ["string", "integer"]}, 1.5),
        (False, 1),
    ],
)
def test_nothing_is_converted(schema: Any, value: Any) -> None:
    kind = load(render({"inputSchema": {"properties": {"x": schema}}}).source).ActParams
    with pytest.raises(SchemaValidationError, match="x"):
        kind.model_validate({"x": value})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "format": "date-time"}, "2024-05-06T07:08:09.120Z"),
        ({"type": "string", "format": "uuid"}, "123E4567-E89B-12D3-A456-426614174000"),
        ({"type": "string", "format": "uri"}, "http://Example.com"),
        ({"type": "string"}, "half a pair \ud83d"),
        ({"type": "integer"}, 2**70),
        ({"type": "number"}, 2**53 + 1),
        ({"type": "number"}, 1.0),
        ({"type": "number", "maximum": 1e400}, 5),
        ({"type": "integer", "maximum": 1.7976931348623157e308}, 10**300),
        ({"type": "number", "multipleOf": 0.01}, 0.07),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "1"),
    ],
)
def test_values_that_converters_spoil_stay_as_they_are(schema: Any, value: Any) -> None:
    kind = load(render({"inputSchema": {"properties": {"x": schema}}}).source).ActParams
    read = sent(kind.model_validate({"x": value}))["x"]
    assert (read, type(read)) == (value, type(value))


def test_a_float_without_a_fraction_is_an_integer_where_one_is_due() -> None:
    properties = {"n": {"type": "integer"}, "one": {"const": 1}}
    kind = load(render({"inputSchema": {"properties": properties}}).source).ActParams
    read = sent(kind.model_validate({"n": 5.0, "one": 1.0}))
    assert read == {"n": 5, "one": 1}
    assert isinstance(read["n"], int)
