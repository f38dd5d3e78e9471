"""The built wheel, installed in a fresh environment, works from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runtime import __version__

ROOT = Path(__file__).parents[2]
COMMANDS = ["mcp-exec", "mcp-generate", "mcp-discover", "mcp-host"]
"""The commands that the wheel brings."""
SERVER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    results = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {
            "name": "tiny", "version": "1"}},
        "tools/list": {"tools": [{"name": "greet", "inputSchema": {"type": "object"}}]},
        "tools/call": {"content": [{"type": "text", "text": "hello"}]},
    }
    if "id" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]}
        print(json.dumps(answer), flush=True)
"""


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    environ = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "MCP_CONFIG")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run("uv", "build", "--wheel", "--out-dir", folder, cwd=ROOT)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment in which only the wheel is installed."""
    folder = tmp_path_factory.mktemp("venv") / "env"
    _run("uv", "venv", "--python", sys.executable, folder)
    _run("uv", "pip", "install", "--python", folder / "bin" / "python", wheel)
    return folder / "bin"


def test_the_wheel_holds_the_runtime_its_types_and_its_supervisor_and_nothing_else(
    wheel: Path,
) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    source = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "runtime").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == source
    assert {"runtime/py.typed", "runtime/_supervisor.py", "runtime/__init__.py"} <= names


def test_the_wheel_holds_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_its_version(scripts: Path, command: str, tmp_path: Path) -> None:
    assert _run(scripts / command, "--version", cwd=tmp_path) == f"{command} {__version__}\n"


@pytest.mark.parametrize("below", [".", "a/b"])
def test_a_script_calls_a_server_from_any_folder_of_a_project(
    scripts: Path, tmp_path: Path, below: str
) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "mcp_config.json").write_text(
        '{"mcpServers": {"tiny": {"command": "python", "args": ["server.py"]}}}'
    )
    folder = tmp_path / below
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.py").write_text(
        "from runtime.mcp_client import call_mcp_tool\nprint(await call_mcp_tool('tiny__greet'))\n"
    )
    assert _run(scripts / "mcp-exec", "script.py", cwd=folder) == "hello\n"


def test_a_script_finds_the_config_that_is_named_from_a_folder_without_one(
    scripts: Path, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project" / "server.py").write_text(SERVER)
    config = tmp_path / "project" / "my.json"
    config.write_text('{"mcpServers": {"tiny": {"command": "python", "args": ["server.py"]}}}')
    code = "from runtime.mcp_client import call_mcp_tool_sync as call; print(call('tiny__greet'))"
    said = _run(scripts / "mcp-exec", "--config", config, "-c", code, cwd=tmp_path / "elsewhere")
    assert said == "hello\n"
