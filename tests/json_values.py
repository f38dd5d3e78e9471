"""Random JSON values, of the kinds that inference must not mix up."""

from typing import Any

from hypothesis import strategies as st

_NAMES = (
    "id",
    "name",
    "items",
    "class",
    "from",
    "from_",
    "a b",
    "a-b",
    "a_b",
    "A_B",
    "$filter",
    "",
    "_private",
    "__class__",
    "model_config",
    "model_dump",
    "schema",
    "int",
    "str",
    "Any",
    "ToolResult",
    "AnswerResult",
    "ß",
    "𝒳",
    "42",
    "2026-01-31",
    "550e8400-e29b-41d4-a716-446655440000",
    "$id",
    "$ref",
    "type",
    "properties",
)


def _scalars() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2),
        st.integers(),
        st.just(10**40),
        st.sampled_from([0.0, 1.0, -1.5, 1e300]),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "1", "true", "2026-01-31", "a@example.com", '"""', "\ud800"]),
        st.text(max_size=5),
    )


def json_values() -> st.SearchStrategy[Any]:
    """JSON values; also strings that JSON can say and Unicode cannot."""
    keys = st.one_of(st.sampled_from(_NAMES), st.text(max_size=4))
    return st.recursive(
        _scalars(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)
        ),
        max_leaves=25,
    )


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal and of the same types: 1, 1.0 and true all differ."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)
