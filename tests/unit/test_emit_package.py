"""A server's tools become one package, whatever they are called and whatever they say."""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runtime import _emit_package
from runtime._emit_module import render_tool_module
from runtime._emit_package import render_package, tool_names
from runtime._generate_folder import update_folder
from runtime._naming import Identifier
from tests.generated import load, sent

HOSTILE_NAMES = (
    "../../x",
    "/tmp/x",
    "a/b",
    "class",
    "2fa",
    "__init__",
    "utils",
    "Utils",
    "",
    "x" * 300,
    "get",
    "Get",
    "list",
    "tool",
    "call",
    "ToolParams",
    "TYPE_CHECKING",
    "make_lazy",
    "a\nb",
    "\u202egnp.py",
    "\0",
    '"); import os; os.system("true',
)
HOSTILE_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.text(st.sampled_from(list("\"'\\\n\r\t\0{}#$\u202e\u2028\x0c a")), max_size=12),
    st.sampled_from(
        [
            '"""\nimport os\nos.abort()\n"""',
            "'; import os; os.abort() #",
            "{__import__('os').abort()}",
            "\\",
            '\\"""',
            "# type: ignore",
            "\N{RIGHT-TO-LEFT OVERRIDE}",
            *HOSTILE_NAMES,
        ]
    ),
)


def package_of(*tools: dict[str, Any]) -> _emit_package.Package:
    return render_package("server", Identifier("server"), tools)


def test_hostile_tool_names_stay_in_the_package_and_reach_the_server(tmp_path: Path) -> None:
    package = package_of(*({"name": name, "inputSchema": {}} for name in HOSTILE_NAMES))
    assert not package.failures
    assert all(Path(name).name == name for name in package.files)
    assert len({name.casefold() for name in package.files}) == len(HOSTILE_NAMES) + 3
    assert not {"utils.py", "discovered_types.py"} & {name.casefold() for name in package.files}
    update_folder(tmp_path / "servers", [package])
    assert {path.name for path in tmp_path.iterdir()} == {"servers"}
    for each in package.tools:
        calls = [
            node.args[0]
            for node in ast.walk(ast.parse(each.module.source))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "call"
        ]
        assert [ast.literal_eval(argument) for argument in calls] == [
            f"server__{each.tool['name']}"
        ]
        load(each.module.source)


@given(st.lists(HOSTILE_TEXT, max_size=6))
@example(list(HOSTILE_NAMES))
@example(["get_item", "getItem", "GetItemParams", "get-item"])
def test_nothing_in_a_package_has_the_name_of_something_else(names: list[str]) -> None:
    made = tool_names(names)
    exported = [
        name for each in made.values() for name in (each.function, each.params, each.result)
    ]
    assert len(set(exported)) == 3 * len(set(names))
    assert len({each.function.casefold() for each in made.values()}) == len(set(names))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_hostile_text_does_nothing_and_arrives_unchanged(data: st.DataObject) -> None:
    text = HOSTILE_TEXT
    names = data.draw(st.lists(text, min_size=1, max_size=4, unique=True))
    value = data.draw(text)
    properties: dict[str, Any] = {
        name: {
            "description": data.draw(text),
            "title": data.draw(text),
            **data.draw(
                st.sampled_from(
                    [
                        {"type": "string", "default": value, "format": value},
                        {"enum": [value, 1.5, {value: value}]},
                        {"const": value},
                        {"type": "string", "pattern": value},
                        {"type": "object", "properties": {value: {"const": value}}},
                        {"$ref": value},
                    ]
                )
            ),
        }
        for name in names
    }
    tool = {
        "name": data.draw(text),
        "title": data.draw(text),
        "description": data.draw(text),
        "inputSchema": {"type": "object", "properties": properties},
        "outputSchema": {"properties": properties, "description": data.draw(text)},
    }
    package = render_package(data.draw(text), Identifier("server"), [tool])
    assert not package.failures
    module = load_without_effects(package.tools[0].module.source)
    compile(package.files["__init__.py"], "__init__.py", "exec")
    assert all(written.encode() is not None for written in package.files.values())
    kind = getattr(module, package.tools[0].names.params)
    given_params = {name: value for name in names if "const" in properties[name]}
    assert sent(kind.model_validate(given_params)) == given_params


def load_without_effects(source: str) -> Any:
    """Loads a module in a world where it may import, and do nothing else."""
    allowed = {"__future__", "typing", "pydantic", "runtime.tool"}

    def guarded(name: str, *args: Any, **options: Any) -> Any:
        assert name in allowed or sys._getframe(1).f_globals["__name__"][:9] != "generated"
        return original(name, *args, **options)

    def abort() -> None:
        raise AssertionError("foreign code ran")

    original, aborts = builtins.__import__, os.abort
    builtins.__import__, os.abort = guarded, abort  # type: ignore[assignment]
    try:
        return load(source)
    finally:
        builtins.__import__, os.abort = original, aborts


def test_a_tool_that_fails_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    render = render_tool_module

    def fail_once(server: str, tool: Any, names: Any) -> Any:
        if tool["name"] == "b":
            raise RecursionError("too deep")
        return render(server, tool, names)

    monkeypatch.setattr(_emit_package, "render_tool_module", fail_once)
    package = package_of(*({"name": name, "inputSchema": {}} for name in "abc"))
    assert [each.tool["name"] for each in package.tools] == ["a", "c"]
    assert package.failures == {"b": "RecursionError: too deep"}
    assert "b.py" not in package.files


def test_every_module_is_compiled_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _emit_package, "render_tool_module", lambda *_: type("M", (), {"source": "def ("})
    )
    [why] = package_of({"name": "a", "inputSchema": {}}).failures.values()
    assert why.startswith("SyntaxError: ")


def test_a_package_does_not_depend_on_the_order_of_its_tools() -> None:
    tools: list[dict[str, Any]] = [
        {"name": name, "inputSchema": {}} for name in ("b", "a b", "a-b", "a_b")
    ]
    assert package_of(*tools).files == package_of(*reversed(tools)).files


def test_a_package_without_tools_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_folder(tmp_path / "emptily", [package_of()])
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("emptily.server")
    assert module.__all__ == []


def test_the_names_of_classes_are_legal_however_long_the_tools_is() -> None:
    names = tool_names(["a" * 199, "é" * 99, "a" * 198])

    assert len({each.result for each in names.values()}) == 3
    assert all(each.result.isidentifier() for each in names.values())
