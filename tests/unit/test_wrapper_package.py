"""Packages load a tool's module when the tool is imported, and no other."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runtime._emit_package import render_package
from runtime._generate_folder import update_folder
from runtime._naming import Identifier


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The import name of a package of 344 tools."""
    tools: list[dict[str, Any]] = [{"name": f"act-{i}", "inputSchema": {}} for i in range(344)]
    update_folder(tmp_path / "lazily", [render_package("big", Identifier("big"), tools)])
    monkeypatch.syspath_prepend(tmp_path)
    yield "lazily.big"
    for name in [name for name in sys.modules if name.split(".")[0] == "lazily"]:
        del sys.modules[name]


def loaded(package: str) -> set[str]:
    return {
        name.removeprefix(package + ".") for name in sys.modules if name.startswith(package + ".")
    }


def test_importing_a_package_loads_no_tool(package: str) -> None:
    importlib.import_module(package)
    assert loaded(package) == set()


def test_importing_a_tool_loads_its_module_alone(package: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from {package} import act_7, Act7Params", namespace)
    assert loaded(package) == {"act_7"}
    assert namespace["act_7"].__name__ == "act_7"
    assert not isinstance(namespace["act_7"], ModuleType)


def test_a_tool_is_no_module_also_when_its_module_was_imported_first(package: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from {package}.act_7 import Act7Params\nfrom {package} import act_7", namespace)
    assert not isinstance(namespace["act_7"], ModuleType)
    assert isinstance(importlib.import_module(f"{package}.act_7"), ModuleType)


def test_a_package_lists_all_its_tools_without_loading_them(package: str) -> None:
    module = importlib.import_module(package)
    assert {"act_0", "act_343", "Act343Params"} <= set(dir(module))
    assert len(module.__all__) == 2 * 344
    assert loaded(package) == set()


def test_a_star_import_gets_every_tool(package: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from {package} import *", namespace)
    assert {"act_0", "Act0Params", "act_343"} <= namespace.keys()


def test_a_name_that_is_no_tool_is_an_import_error(package: str) -> None:
    with pytest.raises(ImportError, match="act_344"):
        exec(f"from {package} import act_344")
