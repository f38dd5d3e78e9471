"""What `runtime.discover_schemas` promises beside its command."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter

from runtime.discover_schemas import infer_pydantic_model_from_response
from runtime.exceptions import SchemaValidationError
from tests.json_values import same


def kind_of(tool: str, name: str, answer: Any) -> Any:
    """The type that the inferred source defines."""
    namespace: dict[str, Any] = {"__name__": "inferred"}
    exec(infer_pydantic_model_from_response(tool, answer), namespace)
    return namespace[name]


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        7,
        10**30,
        1.0,
        True,
        None,
        [],
        {},
        [1, "a", None, 2.5, False],
        [[1], ["a", []]],
        {"a": {"b": [{"c": None}, {"c": 1, "class": "x"}]}},
        [{"a": 1}, {"a": "x", "b": {}}],
    ],
)
def test_the_inferred_type_reads_the_answer_and_writes_it_unchanged(answer: Any) -> None:
    kind = kind_of("git_log", "GitLogResult", answer)

    is_class = hasattr(kind, "model_validate")
    adapter = TypeAdapter(kind, config=None if is_class else ConfigDict(strict=True))
    read = adapter.validate_python(answer)
    assert same(adapter.dump_python(read, by_alias=True, exclude_unset=True), answer)


@pytest.mark.parametrize(
    ("answer", "kind"), [("x", str), (1, int), (True, bool), ([1], list[int]), (None, Any)]
)
def test_an_answer_that_is_no_object_gets_the_name_of_its_type(answer: Any, kind: Any) -> None:
    assert kind_of("get", "GetResult", answer) == kind


def test_a_float_is_any_number() -> None:
    assert kind_of("get", "GetResult", 1.5) == int | float


def test_an_object_becomes_a_class_of_optional_fields_that_keeps_others() -> None:
    kind = kind_of("get-user", "GetUserResult", {"id": 1, "from": "x"})

    read = kind.model_validate({"from": None, "more": [1]})
    assert (read.id, read.from_) == (None, None)
    assert read.model_dump(exclude_unset=True) == {"from": None, "more": [1]}
    with pytest.raises(SchemaValidationError, match="id: "):
        kind.model_validate({"id": "1"})


def test_a_single_elements_type_is_that_of_all() -> None:
    kind = kind_of("list", "ListResult", [{"id": 1}])

    (item,) = TypeAdapter(kind).validate_python([{"id": 2, "x": None}])
    assert item.id == 2


def test_no_value_is_in_the_source() -> None:
    source = infer_pydantic_model_from_response("get", {"a": "MARKER", "b": ["MARKER"], "c": 31415})

    assert "MARKER" not in source
    assert "31415" not in source


def test_neither_help_nor_an_import_loads_what_only_a_run_needs() -> None:
    code = (
        "import sys, runtime.discover_schemas\n"
        "print(sorted({'genson', 'rich', 'mcp', 'pydantic'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert loaded == "[]\n"
