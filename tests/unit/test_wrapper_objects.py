"""Objects of params and results: built by Python names, read and written by the schema's."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field

from runtime.exceptions import SchemaValidationError
from runtime.tool import Opt, ToolParams
from tests.generated import params_class, sent


class Inner(ToolParams):
    from_: Annotated[Opt[str], Field(alias="from")] = None
    n: int = 1


class Params(ToolParams):
    path: str
    count: int = 10
    note: str | None = None
    inner: Opt[Inner] = None
    id_: Annotated[Opt[int], Field(alias="id")] = None


class OpenParams(ToolParams, others=Any):
    a: Opt[str] = None


class ClosedParams(ToolParams, extra="forbid"):
    a: Opt[str] = None


def test_only_what_the_caller_set_is_sent() -> None:
    assert sent(Params(path=".")) == {"path": "."}


def test_a_default_that_the_caller_set_is_sent() -> None:
    assert sent(Params(path=".", count=10)) == {"path": ".", "count": 10}


def test_none_for_a_param_that_cannot_be_null_is_not_sent() -> None:
    assert sent(Params(path=".", count=None, inner=None)) == {"path": "."}  # type: ignore[arg-type]


def test_none_for_a_param_that_can_be_null_is_sent() -> None:
    assert sent(Params(path=".", note=None)) == {"path": ".", "note": None}


def test_none_for_a_param_that_must_be_given_is_an_error() -> None:
    with pytest.raises(SchemaValidationError, match="path: Field required"):
        Params(path=None)  # type: ignore[arg-type]


def test_null_on_the_wire_is_no_substitute_for_leaving_out() -> None:
    with pytest.raises(SchemaValidationError, match="inner: null is not allowed: leave it out"):
        Params.model_validate({"path": ".", "inner": None})


def test_fields_are_set_by_their_python_names_or_by_those_of_the_schema() -> None:
    by_schema: dict[str, Any] = {"path": ".", "id": 2}
    assert sent(Params(path=".", id_=2)) == sent(Params(**by_schema)) == by_schema


def test_objects_inside_are_given_as_classes_or_as_json() -> None:
    as_class = Params(path=".", inner=Inner(from_="a"))
    as_json = Params(path=".", inner={"from": "a"})  # type: ignore[arg-type]
    assert sent(as_class) == sent(as_json) == {"path": ".", "inner": {"from": "a"}}


def test_a_keyword_that_is_no_field_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SchemaValidationError, match=r"no field 'cuont': did you mean 'count'\?"):
        Params(path=".", cuont=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [Params, Inner, OpenParams])
def test_a_property_without_a_field_is_kept_when_read_from_json(kind: type[ToolParams]) -> None:
    value = {"path": ".", "zz": {"b": 1.0}}
    assert sent(kind.model_validate(value)) == value


def test_a_keyword_that_is_no_field_is_sent_where_the_schema_allows_others() -> None:
    assert sent(OpenParams(b=1)) == {"b": 1}  # type: ignore[call-arg]


def test_a_property_without_a_field_is_refused_where_the_schema_forbids_it() -> None:
    with pytest.raises(SchemaValidationError, match="b: Extra inputs are not permitted"):
        ClosedParams.model_validate({"b": 1})


def test_a_property_that_is_called_like_a_field_here_is_not_that_field() -> None:
    value = {"path": ".", "id_": 5, "inner": {"from_": "x"}}
    assert sent(Params.model_validate(value)) == value


@pytest.mark.parametrize(
    "property_name",
    [
        "from",
        "$filter",
        "a b",
        "{{x}}",
        "model_config",
        "__class__",
        "_id",
        "schema",
        "copy",
        "Any",
    ],
)
def test_any_property_name_goes_through_in_both_directions(property_name: str) -> None:
    kind = params_class(
        {"properties": {property_name: {"type": "integer"}}, "required": [property_name]}
    )
    [field] = kind.model_fields
    assert (
        sent(kind(**{field: 1}))
        == sent(kind.model_validate({property_name: 1}))
        == {property_name: 1}
    )


def test_properties_that_sanitise_alike_stay_apart() -> None:
    value = {"a b": 1, "a-b": 2, "a_b": 3, "A_B": 4}
    kind = params_class({"properties": {name: {"type": "integer"} for name in value}})
    assert sent(kind.model_validate(value)) == value
    assert sent(kind(a_b=3)) == {"a_b": 3}


def test_an_error_names_every_place_and_holds_the_value() -> None:
    given: dict[str, Any] = {"inner": {"n": "x"}, "count": True}
    with pytest.raises(SchemaValidationError) as caught:
        Params.model_validate(given)
    assert str(caught.value) == (
        "Params does not fit the schema: path: Field required; "
        "count: Input should be a valid integer; inner.n: Input should be a valid integer"
    )
    assert caught.value.value is given


def test_an_error_of_a_union_is_told_once_for_its_place() -> None:
    kind = params_class({"properties": {"x": {"type": ["integer", "string", "null"]}}})
    with pytest.raises(SchemaValidationError) as caught:
        kind.model_validate({"x": []})
    assert str(caught.value).endswith(
        "x: Input should be a valid integer or Input should be a valid string"
    )


def test_of_many_problems_the_first_are_told() -> None:
    kind = params_class({"required": list("abcdefgh")})
    with pytest.raises(SchemaValidationError, match="and 3 more"):
        kind()


def test_objects_compare_and_print_by_their_fields() -> None:
    assert Inner(from_="a") == Inner.model_validate({"from": "a"})
    assert repr(Inner(from_="a")) == "Inner(from_='a', n=1)"
    assert Inner(from_="a").model_dump() == {"from": "a", "n": 1}
