"""Wrappers of real servers, generated and called: by ``mcp-generate`` and ``mcp-exec``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NPM = "2026.8.31"


def npm_server(name: str, *args: str) -> dict[str, Any]:
    package = f"@modelcontextprotocol/server-{name}@{NPM}"
    return {"command": "npx", "args": ["-y", package, *args]}


def run(folder: Path, module: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"runtime.{module}", *args],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def execute(folder: Path, script: str) -> str:
    """What a script prints that runs under ``mcp-exec``."""
    (folder / "script.py").write_text(script)
    ran = run(folder, "harness", "script.py")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def generate(folder: Path, servers: dict[str, Any]) -> Path:
    (folder / "mcp_config.json").write_text(json.dumps({"mcpServers": servers}))
    ran = run(folder, "generate_wrappers")
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def python_servers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the git and fetch servers, and a repository with one commit."""
    folder = tmp_path_factory.mktemp("python")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(
        [*git, "commit", "--quiet", "--allow-empty", "-m", "First"], cwd=folder, check=True
    )
    return generate(
        folder, {"git": {"command": "mcp-server-git"}, "fetch": {"command": "mcp-server-fetch"}}
    )


@pytest.fixture(scope="module")
def node_servers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the filesystem, memory and everything servers."""
    if shutil.which("npx") is None:
        pytest.skip("there is no npx here")
    folder = tmp_path_factory.mktemp("node")
    memory = npm_server("memory") | {"env": {"MEMORY_FILE_PATH": str(folder / "memory.json")}}
    return generate(
        folder,
        {
            "filesystem": npm_server("filesystem", str(folder)),
            "memory": memory,
            "everything": npm_server("everything"),
        },
    )


def test_what_was_generated_is_up_to_date(python_servers: Path) -> None:
    checked = run(python_servers, "generate_wrappers", "--check", "-q")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_git_is_called_in_both_forms(python_servers: Path) -> None:
    script = """
from servers.git import GitLogParams, git_log

both = [await git_log(GitLogParams(repo_path=".", max_count=1)), await git_log(repo_path=".")]
print(["First" in log for log in both])
"""
    assert execute(python_servers, script) == "[True, True]\n"


def test_a_wrong_keyword_is_an_error_before_anything_is_sent(python_servers: Path) -> None:
    script = """
from runtime.exceptions import SchemaValidationError
from runtime.mcp_client import get_mcp_client_manager
from servers.git import git_log

for wrong in ({"repo": "."}, {"repo_path": ".", "max_cuont": 1}, {"repo_path": 5}):
    try:
        await git_log(**wrong)
    except SchemaValidationError as e:
        print(e)
print(get_mcp_client_manager()._clients)
"""
    assert execute(python_servers, script).splitlines() == [
        "GitLogParams has no field 'repo': did you mean 'repo_path'?",
        "GitLogParams has no field 'max_cuont': did you mean 'max_count'?",
        "GitLogParams does not fit the schema: repo_path: Input should be a valid string",
        "{}",
    ]


def test_fetch_refuses_what_its_schema_refuses(python_servers: Path) -> None:
    script = """
from runtime.exceptions import SchemaValidationError
from servers.fetch import fetch

try:
    await fetch(url="http://127.0.0.1:1/", max_length=0)
except SchemaValidationError as e:
    print(e)
"""
    assert "max_length: Input should be greater than or equal to 1" in execute(
        python_servers, script
    )


def test_results_are_typed_where_the_server_declares_them(node_servers: Path) -> None:
    script = """
from servers.everything import get_structured_content
from servers.everything.get_structured_content import GetStructuredContentResult
from servers.filesystem import list_directory, write_file
from servers.memory import create_entities, read_graph
from servers.memory.create_entities import EntitiesItem

weather = await get_structured_content(location="Chicago")
print(type(weather) is GetStructuredContentResult, type(weather.conditions))
ada = EntitiesItem(name="Ada", entityType="person", observations=["counts"])
await create_entities(entities=[ada])
print((await read_graph()).entities[0].observations)
await write_file(path="a.txt", content="text")
print("a.txt" in (await list_directory(path=".")).content)
"""
    assert execute(node_servers, script).splitlines() == [
        "True <class 'str'>",
        "['counts']",
        "True",
    ]


@pytest.mark.parametrize("document", ["type-safety.md", "pydantic-usage.md"])
def test_the_examples_in_the_documents_are_true(python_servers: Path, document: str) -> None:
    text = (ROOT / "docs" / document).read_text()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        assert "False" not in execute(python_servers, example)
