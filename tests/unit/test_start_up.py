"""What is loaded when: a command that only says its version must not wait for the SDK."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

REPORT = """
import json, sys
def report():
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def _loaded(code: str) -> set[str]:
    """The top-level modules that are loaded after ``code``, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"{REPORT}\n{code}\nreport()"],
        capture_output=True,
        text=True,
        check=True,
    )
    modules: list[str] = json.loads(run.stdout.splitlines()[-1])
    return set(modules)


@pytest.mark.parametrize("module", ["harness"])
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_of_a_command_load_neither_sdk_nor_pydantic_nor_asyncio(
    module: str, option: str
) -> None:
    code = f"""
import runtime.{module} as command
try:
    command.main(["{option}"])
except SystemExit as end:
    assert end.code == 0
"""
    heavy = {"mcp", "mcp_types", "pydantic", "pydantic_core", "asyncio", "anyio", "httpx2", "rich"}
    assert not _loaded(code) & heavy


def test_importing_the_package_loads_nothing_of_it_but_itself() -> None:
    code = (
        "import runtime; assert not [name for name in sys.modules if name.startswith('runtime.')]"
    )
    assert "runtime" in _loaded(code)


def test_importing_the_client_loads_neither_sdk_nor_pydantic() -> None:
    heavy = {"mcp", "mcp_types", "pydantic", "pydantic_core", "anyio", "httpx2", "jsonschema"}
    assert not _loaded("import runtime.mcp_client") & heavy


def test_making_a_manager_starts_no_thread() -> None:
    code = """
import threading
from runtime.mcp_client import get_mcp_client_manager
get_mcp_client_manager()
assert threading.active_count() == 1
"""
    _loaded(code)
