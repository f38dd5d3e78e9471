"""JSON Schemas and JSON values for property-based tests.

``schemas()`` draws schemas as servers might send them, with the keywords, spellings and mistakes
that real ones have; ``values()`` any JSON value, more often one that a schema could be about.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

_NAMES = """a b id from class type schema json copy list Any Field _id __class__ model_config {{x}}
$filter a-b a_b If-Match größe 名 2fa Foo foo"""
NAMES = [*_NAMES.split(), "", "a b", "x" * 90]
REMOTE = "https://example.com/x.json"
NOWHERE = "#/no"

NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from([0.5, 1.0, -2.5, 10, 2**53 + 1, 10**20, 1e300, -0.0]),
)
TEXTS = st.sampled_from(["", "a", "b", "abc", "5", "true", "2024-01-01", " ", "é☃", "a\nb", '"\\'])


def is_valid(schema: Any, value: Any) -> bool:
    """Whether ``value`` fits ``schema`` according to ``jsonschema``, for which a reference out of
    the document, or a pattern that Python cannot read, says nothing."""
    try:
        return Draft202012Validator(_without_the_unreadable(schema)).is_valid(value)
    except RecursionError:
        return False
    except BaseException as e:  # the oracle's own resolver gives up in its own way
        if type(e).__name__ == "PanicException":
            return False
        raise


def _without_the_unreadable(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_the_unreadable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        keyword: value
        for keyword, value in schema.items()
        if (keyword, value) not in (("$ref", REMOTE), ("$ref", NOWHERE), ("pattern", "["))
    }
    return {
        keyword: (
            value if keyword in ("const", "enum", "default") else _without_the_unreadable(value)
        )
        for keyword, value in kept.items()
    }


def values() -> st.SearchStrategy[Any]:
    scalars = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        ),
        max_leaves=8,
    )


@st.composite
def schemas(draw: st.DrawFn, depth: int = 3) -> Any:
    """A schema of the 2020-12 dialect; its references lead to ``#`` or into ``#/$defs``."""
    shape = draw(st.sampled_from(_SHAPES if depth else _LEAVES))
    schema = draw(shape(depth))
    if isinstance(schema, dict) and draw(st.booleans()):
        schema = schema | {"description": draw(TEXTS)}
    return schema


@st.composite
def documents(draw: st.DrawFn, root: Any = None) -> Any:
    """A schema document with definitions."""
    top = draw(root if root is not None else schemas())
    if not isinstance(top, dict):
        return top
    return {**top, "$defs": {"A": draw(schemas(2)), "B": draw(schemas(2))}}


def object_schemas(depth: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    return _objects(depth)


def _leaf(depth: int) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.just({}),
        st.booleans(),
        st.fixed_dictionaries({"type": st.sampled_from(["boolean", "null"])}),
        st.fixed_dictionaries({"const": values()}),
        st.fixed_dictionaries({"enum": st.lists(values(), min_size=1, max_size=4)}),
    )


def _strings(depth: int) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["string", ["string", "null"], ["null", "string", "integer"]])},
        optional={
            "minLength": st.integers(0, 3),
            "maxLength": st.integers(0, 5),
            "pattern": st.sampled_from(
                [r"^\d+$", "a", r"^[a-z]+$", r"\S", r"(?=a)", "[", r"^.{2}$"]
            ),
            "format": st.sampled_from(["date", "date-time", "uri", "uuid"]),
            "default": values(),
        },
    )


def _numbers(depth: int) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number", ["integer", "null"], ["number", "string"]])},
        optional={
            "minimum": NUMBERS,
            "maximum": NUMBERS,
            "exclusiveMinimum": NUMBERS,
            "exclusiveMaximum": NUMBERS,
            "multipleOf": st.sampled_from([1, 2, 0.5, 0.01, 3.0]),
            "default": values(),
        },
    )


def _arrays(depth: int) -> st.SearchStrategy[Any]:
    inner = schemas(depth - 1)
    return st.fixed_dictionaries(
        {"type": st.just("array")},
        optional={
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
        },
    )


def _objects(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    inner = schemas(depth - 1) if depth else st.just({})
    names = st.sampled_from(NAMES)
    return st.fixed_dictionaries(
        {"type": st.just("object")},
        optional={
            "properties": st.dictionaries(names, inner, max_size=5),
            "required": st.lists(names, max_size=2, unique=True),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(
                st.sampled_from(["^a", "b$", r"^\d"]), inner, max_size=1
            ),
            "propertyNames": st.sampled_from([{"maxLength": 3}, {"enum": ["a", "b"]}, True]),
            "minProperties": st.integers(0, 1),
            "maxProperties": st.integers(1, 3),
            "unevaluatedProperties": st.booleans(),
        },
    )


def _untyped(depth: int) -> st.SearchStrategy[Any]:
    typed = st.one_of(_strings(depth), _numbers(depth), _arrays(depth), _objects(depth))
    return typed.map(lambda schema: {k: v for k, v in schema.items() if k != "type"})


def _combined(depth: int) -> st.SearchStrategy[Any]:
    inner = st.lists(schemas(depth - 1), min_size=1, max_size=3)
    combiners = st.fixed_dictionaries(
        {}, optional={"anyOf": inner, "oneOf": inner, "allOf": inner, "not": schemas(0)}
    )
    base = st.one_of(st.just({}), _objects(depth), _strings(depth))
    return st.builds(lambda a, b: {**a, **b}, base, combiners)


def _references(depth: int) -> st.SearchStrategy[Any]:
    target = st.sampled_from(["#/$defs/A", "#/$defs/B", "#", REMOTE, NOWHERE])
    beside = st.one_of(st.just({}), _objects(min(depth, 1)), st.just({"maxLength": 2}))
    return st.builds(lambda ref, rest: {"$ref": ref, **rest}, target, beside)


_LEAVES = [_leaf, _strings, _numbers, _references]
_SHAPES = [*_LEAVES, _arrays, _objects, _objects, _untyped, _combined]
