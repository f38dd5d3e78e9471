"""The module of discovered types: it reads what it was made from, and is read back."""

import ast
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter

from runtime._discovered_module import (
    HEADER,
    Discovered,
    discover,
    read_module,
    render_module,
    render_type,
)
from runtime._emit_package import tool_names
from runtime._naming import Identifier
from runtime.schema_inference import infer_schema, merge_schemas
from runtime.tool import ToolResult
from tests.json_values import json_values, same

NAME = Identifier("AnswerResult")


def loaded(source: str) -> dict[str, Any]:
    """What the module defines, once it has run."""
    namespace: dict[str, Any] = {"__name__": "discovered_types"}
    exec(compile(source, "discovered_types.py", "exec"), namespace)
    return namespace


def module_of(tools: dict[str, Discovered], server: str = "git") -> str:
    names = {tool: each.result for tool, each in tool_names(tools).items()}
    return render_module(server, tools, names)


def round_trip(kind: Any, value: Any) -> Any:
    is_class = isinstance(kind, type) and issubclass(kind, ToolResult)
    adapter = TypeAdapter(kind, config=None if is_class else ConfigDict(strict=True))
    read = adapter.validate_python(value)
    return adapter.dump_python(read, by_alias=True, exclude_unset=True)


def classes(source: str) -> set[str]:
    return {each.name for each in ast.parse(source).body if isinstance(each, ast.ClassDef)}


@given(st.lists(json_values(), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_the_type_reads_every_sample_and_writes_it_unchanged(samples: list[Any]) -> None:
    kind = loaded(render_type(NAME, infer_schema(samples)))[NAME]

    for sample in samples:
        assert same(round_trip(kind, sample), sample)


@given(json_values(), json_values())
@settings(max_examples=100, deadline=None)
def test_what_a_later_run_adds_takes_nothing_from_the_samples_of_an_earlier_one(
    earlier: Any, later: Any
) -> None:
    schema = merge_schemas([infer_schema([earlier]), infer_schema([later])])
    kind = loaded(render_type(NAME, schema))[NAME]

    assert same(round_trip(kind, earlier), earlier)
    assert same(round_trip(kind, later), later)


@given(st.dictionaries(st.text(max_size=5), json_values(), max_size=4))
@settings(max_examples=50, deadline=None)
def test_every_field_may_be_missing_or_null(sample: dict[str, Any]) -> None:
    kind = loaded(render_type(NAME, infer_schema([sample])))[NAME]

    assert same(round_trip(kind, {}), {})
    nulls = dict.fromkeys(sample)
    assert same(round_trip(kind, nulls), nulls)


@given(
    st.dictionaries(
        st.sampled_from(["a", "class", "a b", "a_b", "A_b", "ToolResult", '"""', "x" * 300, ""]),
        st.tuples(st.text(), st.dictionaries(st.text(max_size=3), json_values()), json_values()),
        max_size=4,
    ),
    st.text(max_size=10),
)
@settings(max_examples=100, deadline=None)
def test_a_module_holds_all_that_was_known_when_it_was_written(
    tools: dict[str, tuple[str, dict[str, Any], Any]], server: str
) -> None:
    known = {}
    for tool, (description, params, answer) in tools.items():
        if "\\ud" not in ascii((description, params)):  # such params cannot be sent
            known[tool] = discover(description, [(params, answer)])
    source = module_of(known, server)

    loaded(source)
    assert read_module(source) == known
    assert module_of(read_module(source), server) == source


def test_a_later_discovery_adds_to_an_earlier_one() -> None:
    earlier = discover("Old.", [({"n": 1}, {"a": 1})])
    later = discover("New.", [({"n": 1}, {"a": None}), ({"n": 2}, {"b": "x"})])

    known = later.added_to(earlier)

    assert known.description == "New."
    assert known.samples == 3
    assert known.params == [{"n": 1}, {"n": 2}]
    assert known.answers == infer_schema([{"a": 1}, {"a": None}, {"b": "x"}])


def test_the_module_tells_what_each_type_was_inferred_from() -> None:
    tools = {
        "git_log": discover("Shows the commit logs. At length.", [({"n": 1}, "text")]),
        "git_status": discover("", [({}, {"a": 1}), ({"b": True}, {})]),
    }
    source = module_of(tools)

    assert source.startswith(HEADER)
    assert "git" in (ast.get_docstring(ast.parse(source)) or "")
    assert "Shows the commit logs.\n" in source
    assert 'Inferred from 1 answer of git_log, called with {"n": 1}.' in source
    told = loaded(source)["GitStatusResult"].__doc__
    assert told == 'Inferred from 2 answers of git_status, called with {}, {"b": true}.'


def test_answers_that_are_no_objects_get_an_alias() -> None:
    samples = {"text": "x", "listing": [{"a": 1}, {"a": 2.5}], "map": {"17": 1}, "nothing": None}
    types = loaded(module_of({tool: discover("", [({}, samples[tool])]) for tool in samples}))

    assert types["TextResult"] is str
    (item,) = get_args(types["ListingResult"])
    assert item is types["ListingResultItem"]
    assert types["MapResult"] == dict[str, int | None]
    assert types["NothingResult"] is Any


def test_a_nested_class_is_named_after_its_tool_so_that_other_tools_cannot_rename_it() -> None:
    answer = {"owner": {"id": 1}, "boss": {"id": 1, "x": 2}}
    alone = module_of({"b": discover("", [({}, answer)])})
    both = module_of(
        {"a": discover("", [({}, {"owner": {"x": 1}})]), "b": discover("", [({}, answer)])}
    )

    assert classes(alone) == {"BOwner", "BBoss", "BResult"}
    assert classes(both) == {"AOwner", "AResult"} | classes(alone)


def test_fields_with_names_that_python_does_not_have_are_read_and_written_by_their_own() -> None:
    sample = {"from": 1, "a b": 2, "a-b": 3, "": 4, "$x": 5, "model_config": 6, "a_b": 7}
    kind = loaded(render_type(NAME, infer_schema([sample])))[NAME]
    read = kind.model_validate(sample)

    assert (read.from_, read.a_b) == (1, 7)
    assert same(round_trip(kind, sample), sample)


def test_deep_nesting_is_typed_and_read() -> None:
    sample: dict[str, Any] = {"leaf": 1}
    for level in range(200):
        sample = {f"level{level % 7}": sample}
    kind = loaded(render_type(NAME, infer_schema([sample])))[NAME]

    assert same(round_trip(kind, sample), sample)


MEMORY = "# What the next run of mcp-discover adds to: names and types of fields, no values.\n"
HOSTILE = f'"""\n{MEMORY}# {{}}\n'


def test_nothing_that_a_server_says_can_stand_for_what_earlier_runs_learned() -> None:
    tools = {HOSTILE: discover(HOSTILE, [({HOSTILE: HOSTILE}, {HOSTILE[:60]: 1})])}

    source = module_of(tools, HOSTILE)

    loaded(source)
    assert read_module(source) == tools


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda source: "# mine\n" + source, "not from mcp-discover"),
        (lambda source: "", "not from mcp-discover"),
        (lambda source: source[: source.rindex(MEMORY)], "lacks what earlier runs learned"),
        (lambda source: source.replace('"samples": 1', '"samples": "x"'), "was changed"),
        (lambda source: source.replace('{"type": "integer"}', '{"type": "x"}'), "was changed"),
        (lambda source: source.replace('"answers"', '"answer"'), "was changed"),
        (lambda source: source + "# []\n", "was changed"),
        (lambda source: source + "# 1\n", "was changed"),
        (lambda source: source + "x = 1\n", "was changed"),
    ],
)
def test_a_module_that_is_not_ours_or_was_changed_is_not_read(change: Any, problem: str) -> None:
    source = module_of({"a": discover("", [({}, {"n": 1})])})

    with pytest.raises(ValueError, match=problem):
        read_module(change(source))


def test_a_module_that_an_editor_reformatted_is_still_read() -> None:
    tools = {"a": discover("", [({}, {"n": 1})])}
    source = module_of(tools).replace("\n\n\n", "\n\n") + "\n"

    assert read_module(source) == tools
