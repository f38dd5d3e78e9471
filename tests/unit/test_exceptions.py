"""The error tree, which scripts rely on in their ``except`` clauses."""

from __future__ import annotations

import pickle

import pytest

from runtime import exceptions
from runtime.exceptions import (
    ConfigurationError,
    McpExecutionError,
    SchemaValidationError,
    ServerConnectionError,
    ToolExecutionError,
    ToolNotFoundError,
)

CONCRETE = [
    ConfigurationError,
    ServerConnectionError,
    ToolNotFoundError,
    ToolExecutionError,
    SchemaValidationError,
]


@pytest.mark.parametrize("kind", CONCRETE)
def test_catching_the_base_catches_every_error(kind: type[McpExecutionError]) -> None:
    with pytest.raises(McpExecutionError, match="what went wrong"):
        raise kind("what went wrong")


@pytest.mark.parametrize("kind", CONCRETE)
@pytest.mark.parametrize("other", CONCRETE)
def test_no_concrete_error_is_another(
    kind: type[McpExecutionError], other: type[McpExecutionError]
) -> None:
    assert issubclass(kind, other) == (kind is other)


def test_the_promised_names_are_all_the_module_has() -> None:
    public = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert public == {"McpExecutionError", *(kind.__name__ for kind in CONCRETE)}


def test_a_tool_error_holds_the_content_and_the_code_it_was_given() -> None:
    error = ToolExecutionError("no", content=[{"type": "text", "text": "no"}], code=-32602)
    assert error.content == [{"type": "text", "text": "no"}]
    assert error.code == -32602


def test_a_tool_error_without_content_has_an_empty_list_of_its_own() -> None:
    first, second = ToolExecutionError("no"), ToolExecutionError("no")
    first.content.append({})
    assert second.content == []
    assert second.code is None


def test_a_schema_error_holds_the_very_value() -> None:
    value = {"a": [1]}
    assert SchemaValidationError("does not fit", value=value).value is value


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_survives_pickling(kind: type[McpExecutionError]) -> None:
    error = pickle.loads(pickle.dumps(kind("what went wrong")))
    assert type(error) is kind
    assert str(error) == "what went wrong"
