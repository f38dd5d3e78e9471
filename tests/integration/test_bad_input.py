"""Bad input, end to end: one clear message on stderr, exit code 1, and no traceback of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SECRET = "s3cret-value"
RUNTIME = str(Path(__file__).parents[2] / "src" / "runtime")
USES_A_TOOL = (
    'from runtime.mcp_client import call_mcp_tool_sync\ncall_mcp_tool_sync("one__x", {})\n'
)
SERVER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    results = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {
            "name": "tiny", "version": "1"}},
        "tools/list": {"tools": [{"name": "read_file", "inputSchema": {"type": "object"}}]},
    }
    if "id" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]}
        print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A folder with a config and a script."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.write_text(text)
        return file

    def run(self, *argv: str, **variables: str) -> Run:
        environ = {k: v for k, v in os.environ.items() if k != "MCP_CONFIG"} | variables
        done = subprocess.run(
            [sys.executable, "-m", "runtime.harness", *argv],
            cwd=self.root,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("server.py", SERVER)
    project.write(
        "mcp_config.json",
        '{"mcpServers": {"one": {"command": "PYTHON", "args": ["server.py"]}}}'.replace(
            "PYTHON", sys.executable
        ),
    )
    project.write("script.py", USES_A_TOOL)
    return project


def _assert_one_message(run: Run, *words: str) -> None:
    assert run.code == 1
    assert run.out == ""
    assert run.err.startswith("[ERROR] ")
    assert run.err.count("[ERROR]") == 1
    assert len(run.err.splitlines()) == 1
    assert not [word for word in words if word not in run.err]


def _assert_scripts_own_traceback(run: Run, *words: str) -> None:
    assert run.code == 1
    assert run.out == ""
    assert run.err.startswith("Traceback (most recent call last):\n")
    assert run.err.count("Traceback") == 1
    files = [line for line in run.err.splitlines() if line.startswith("  File ")]
    assert len(files) == 1
    assert 'script.py", line 2, in <module>' in files[0]
    assert RUNTIME not in run.err
    assert not [word for word in words if word not in run.err.splitlines()[-1]]


def test_a_config_with_a_syntax_error_is_told_by_line_and_column(project: Project) -> None:
    file = project.write("mcp_config.json", '{"mcpServers": {\n  "one": oops}}')
    _assert_one_message(project.run("script.py"), f"{file}: line 2, column 10")


def test_a_wrong_type_in_the_config_is_told_by_its_path_without_the_value(
    project: Project,
) -> None:
    project.write(
        "mcp_config.json",
        f'{{"mcpServers": {{"one": {{"command": "x", "env": {{"KEY": ["{SECRET}"]}}}}}}}}',
    )
    run = project.run("script.py")
    _assert_one_message(run, "mcp_config.json: mcpServers.one.env.KEY: ")
    assert SECRET not in run.err


def test_a_config_that_is_no_text_is_told(project: Project) -> None:
    (project.root / "mcp_config.json").write_bytes(b'{"mcpServers": {"\xff": {}}}')
    _assert_one_message(project.run("script.py"), "mcp_config.json is not UTF-8 text")


def test_a_config_that_cannot_be_read_is_told(project: Project) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (project.root / "mcp_config.json").chmod(0)
    _assert_one_message(project.run("script.py"), "cannot read", "Permission denied")


def test_no_config_anywhere_says_where_it_looked_and_how_to_name_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("script.py", USES_A_TOOL)
    _assert_one_message(project.run("script.py"), f"no mcp_config.json in {tmp_path}", "--config")


def test_a_missing_config_names_the_option_that_named_it(project: Project) -> None:
    run = project.run("--config", "missing.json", "script.py")
    _assert_one_message(run, str(project.root / "missing.json"), "(from --config) does not exist")


def test_a_missing_config_names_the_variable_that_named_it(project: Project) -> None:
    run = project.run("script.py", MCP_CONFIG="missing.json")
    _assert_one_message(run, "missing.json (from MCP_CONFIG) does not exist")


def test_a_missing_script_is_told(project: Project) -> None:
    _assert_one_message(project.run("missing.py"), "cannot run 'missing.py'", "is the path right?")


def test_a_folder_is_no_script(project: Project) -> None:
    (project.root / "folder").mkdir()
    _assert_one_message(project.run("folder"), "cannot run 'folder': it is a folder")


def test_a_script_with_a_syntax_error_is_told_as_python_tells_it(project: Project) -> None:
    file = project.write("script.py", "x = 1\nx = (\n")
    run = project.run("script.py")
    assert run.code == 1
    assert run.out == ""
    assert run.err.splitlines() == [
        f'  File "{file}", line 2',
        "    x = (",
        "        ^",
        "SyntaxError: '(' was never closed",
    ]


def test_an_unset_variable_names_server_field_and_variable(project: Project) -> None:
    project.write(
        "mcp_config.json",
        '{"mcpServers": {"one": {"command": "x", "env": {"KEY": "${NOT_SET_ANYWHERE}"}}}}',
    )
    _assert_scripts_own_traceback(
        project.run("script.py"),
        "ConfigurationError: mcpServers.one.env.KEY uses ${NOT_SET_ANYWHERE}",
        "NOT_SET_ANYWHERE is not set",
    )


def test_an_unset_variable_of_a_server_that_is_not_used_is_no_error(project: Project) -> None:
    project.write("mcp_config.json", '{"mcpServers": {"one": {"command": "${NOT_SET_ANYWHERE}"}}}')
    assert project.run("-c", "print('done')") == Run(0, "done\n", "")


def test_an_unknown_server_is_told_with_a_near_one(project: Project) -> None:
    project.write("script.py", USES_A_TOOL.replace("one__x", "onne__x"))
    _assert_scripts_own_traceback(
        project.run("script.py"), "ToolNotFoundError: no server 'onne'", "did you mean 'one'?"
    )


def test_an_unknown_tool_is_told_with_a_near_one(project: Project) -> None:
    project.write("script.py", USES_A_TOOL.replace("one__x", "one__read_fil"))
    _assert_scripts_own_traceback(
        project.run("script.py"),
        "ToolNotFoundError: server 'one' has no tool 'read_fil'",
        "did you mean 'read_file'?",
    )


def test_an_unknown_tool_that_was_awaited_shows_the_scripts_own_frames(project: Project) -> None:
    project.write(
        "script.py",
        'from runtime.mcp_client import call_mcp_tool\nawait call_mcp_tool("one__read_fil", {})\n',
    )
    _assert_scripts_own_traceback(project.run("script.py"), "did you mean 'read_file'?")


def test_a_command_that_does_not_exist_is_told(project: Project) -> None:
    project.write("mcp_config.json", '{"mcpServers": {"one": {"command": "no-such-command"}}}')
    _assert_scripts_own_traceback(
        project.run("script.py"), "ConfigurationError: server 'one': no command 'no-such-command'"
    )


def test_an_error_that_the_script_catches_prints_nothing(project: Project) -> None:
    code = (
        "from runtime.mcp_client import call_mcp_tool_sync as call\n"
        "from runtime.exceptions import McpExecutionError\n"
        "try: call('onne__x')\n"
        "except McpExecutionError as error: print(type(error).__name__)"
    )
    assert project.run("-c", code) == Run(0, "ToolNotFoundError\n", "")


def test_ignored_keys_of_the_config_are_named_at_v_and_not_without(project: Project) -> None:
    project.write(
        "mcp_config.json",
        '{"inputs": [], "mcpServers": {"one": {"command": "x", "alwaysAllow": ["a"]}}}',
    )
    assert project.run("-c", "pass").err == ""
    said = project.run("-v", "-c", "pass").err.splitlines()
    assert all(line.startswith("[INFO] ") for line in said)
    assert [line.partition("ignoring ")[2].partition(",")[0] for line in said] == [
        "'inputs'",
        "'mcpServers.one.alwaysAllow'",
    ]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "required: SCRIPT"),
        (["-c"], "expected the code to run"),
        (["--no-such-option", "script.py"], "--no-such-option"),
        (["--timeout", "0", "script.py"], "'0' is no positive number of seconds"),
        (["--timeout", "soon", "script.py"], "'soon' is no positive number of seconds"),
        (["--timeout"], "expected one argument"),
        (["--config"], "expected one argument"),
        (["-v", "-q", "script.py"], "not allowed with"),
    ],
)
def test_wrong_usage_exits_with_2_and_the_usage(
    project: Project, argv: list[str], words: str
) -> None:
    run = project.run(*argv)
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith("usage: mcp-exec [options] (SCRIPT | -c CODE | -) [ARGS...]\n")
    assert words in run.err
    assert "Traceback" not in run.err
