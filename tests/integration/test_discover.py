"""``mcp-discover`` against servers whose tools, answers and calls the tests know."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime import mcp_client
from runtime._discovered_module import HEADER
from runtime.discover_schemas import main

SERVER = Path(__file__).parents[1] / "servers" / "scripted.py"
MARKER = "S3CRET"


def text(value: Any) -> dict[str, Any]:
    """A result with one text block: ``value``, as JSON unless it is text itself."""
    said = value if isinstance(value, str) else json.dumps(value)
    return {"content": [{"type": "text", "text": said}]}


def tool(name: str, **annotations: Any) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}, "annotations": annotations}


class Project:
    """A folder with a config and scripted servers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config: dict[str, Any] = {}
        self.discovery = root / "discovery_config.json"

    def serve(
        self, server: str, tools: list[dict[str, Any]], answers: dict[str, list[Any]] | None = None
    ) -> None:
        """Configures ``server`` to list ``tools`` and to answer as told, by tool."""
        script = self.root / f"{server}.json"
        script.write_text(json.dumps({"tools": tools, "answers": answers or {}}))
        calls = self.root / f"{server}.calls"
        self.config[server] = {
            "command": sys.executable,
            "args": [str(SERVER), str(script), str(calls)],
        }

    def calls(self, server: str) -> list[dict[str, Any]]:
        """The calls that reached ``server``."""
        noted = self.root / f"{server}.calls"
        return (
            [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []
        )

    def list_tools(self, **tools_by_server: dict[str, Any]) -> None:
        """Writes the discovery config."""
        servers = {server: {"safeTools": tools} for server, tools in tools_by_server.items()}
        self.discovery.write_text(json.dumps({"servers": servers}))

    def write_config(self) -> Path:
        """Writes ``mcp_config.json``."""
        config = self.root / "mcp_config.json"
        config.write_text(json.dumps({"mcpServers": self.config}))
        return config

    def discover(self, *args: str) -> int:
        """The exit code of ``mcp-discover``."""
        return main(["--config", str(self.write_config()), *args])

    def types_file(self, server: str) -> Path:
        return self.root / "src" / "servers" / server / "discovered_types.py"

    def types(self, server: str) -> dict[str, Any]:
        """What the module of ``server`` defines."""
        namespace: dict[str, Any] = {"__name__": "discovered_types"}
        exec(self.types_file(server).read_text(), namespace)
        return namespace


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(mcp_client, "_manager", None)
    return Project(tmp_path)


Output = Callable[[], tuple[str, str]]


@pytest.fixture
def output(capfd: pytest.CaptureFixture[str]) -> Output:
    """What was printed since the last look: stdout and stderr."""
    return lambda: tuple(capfd.readouterr())  # type: ignore[return-value]


def test_the_answers_of_listed_tools_become_types(project: Project, output: Output) -> None:
    answers = {
        "get": [text({"id": 1, "owner": {"login": "x"}}), text({"id": None, "tags": ["a"]})],
        "say": [text("hello")],
    }
    project.serve("notes", [tool("get"), tool("say"), tool("other")], answers)
    project.list_tools(notes={"get": [{"n": 1}, {"n": 2}], "say": {}})

    assert project.discover() == 0

    types = project.types("notes")
    answer = types["GetResult"].model_validate({"id": 7, "owner": {"login": "y", "more": 1}})
    assert (answer.id, answer.owner.login, answer.tags) == (7, "y", None)
    assert types["SayResult"] is str
    assert [call["name"] for call in project.calls("notes")] == ["get", "get", "say"]
    assert [call["arguments"] for call in project.calls("notes")] == [{"n": 1}, {"n": 2}, {}]
    assert output()[0] == ""


@pytest.mark.parametrize(
    ("listed", "entry", "said"),
    [
        (tool("purge", destructiveHint=True), {}, "destructiveHint"),
        (tool("view", readOnlyHint=False), {}, "readOnlyHint"),
        (tool("view", readOnlyHint=False), {"confirmedReadOnly": True}, "readOnlyHint"),
        (tool("delete_everything"), {}, "confirmedReadOnly"),
        ({"name": "delete_everything", "inputSchema": {}}, [{}], "confirmedReadOnly"),
    ],
)
def test_nothing_is_sent_for_a_tool_that_is_refused(
    project: Project, output: Output, listed: dict[str, Any], entry: Any, said: str
) -> None:
    project.serve("notes", [listed, tool("get")], {"get": [text({"id": 1})]})
    project.list_tools(notes={listed["name"]: entry, "get": {}})

    assert project.discover() == 1

    assert [call["name"] for call in project.calls("notes")] == ["get"]
    error = output()[1]
    assert f"tool '{listed['name']}' was not called" in error
    assert said in error
    assert "GetResult" in project.types("notes")


def test_a_tool_that_people_confirm_to_read_is_called(project: Project) -> None:
    project.serve("notes", [tool("run_report")], {"run_report": [text({"id": 1})]})
    entry = {"confirmedReadOnly": True, "params": {"n": 1}}
    project.list_tools(notes={"run_report": entry})

    assert project.discover() == 0
    assert [call["arguments"] for call in project.calls("notes")] == [{"n": 1}]


def test_nothing_is_sent_where_another_server_would_get_it(
    project: Project, output: Output
) -> None:
    project.serve("a", [tool("b__get", readOnlyHint=True)])
    project.serve("a__b", [tool("get", destructiveHint=True)])
    project.list_tools(a={"b__get": {}})

    assert project.discover() == 1
    assert project.calls("a") == project.calls("a__b") == []
    assert "would go to server 'a__b'" in output()[1]


def test_no_value_of_an_answer_is_written_or_told(project: Project, output: Output) -> None:
    private = {
        "name": MARKER,
        "when": f"2026-01-31 {MARKER}",
        "list": [MARKER, [MARKER]],
        "deep": {"a": [{"b": MARKER}]},
        "by mail": {f"{MARKER}@example.com": 1},
        "by path": {f"/{MARKER}": {"n": 1}},
    }
    declared = {**tool("typed"), "outputSchema": {"type": "object", "required": ["id"]}}
    answers = {
        "get": [text(private), text([private, MARKER])],
        "say": [text(MARKER)],
        "typed": [{"content": [], "structuredContent": {"id": 1, "name": MARKER}}],
        "wrong": [{"content": [], "structuredContent": {"name": MARKER}}],
        "failing": [{**text("no such note"), "isError": True}],
    }
    tools = [tool("get"), tool("say"), tool("failing"), declared, {**declared, "name": "wrong"}]
    project.serve("notes", tools, answers)
    project.list_tools(
        notes={"get": [{}, {}], "say": {}, "typed": {}, "wrong": {}, "failing": {"n": 1}}
    )

    assert project.discover("-vv", "--json") == 1

    out, error = output()
    assert MARKER not in out + error
    (project.root / "notes.json").unlink()
    assert len(project.calls("notes")) == 6
    for file in project.root.rglob("*"):
        assert not file.is_file() or MARKER not in file.read_text(), file
    manifest = json.loads(out)["servers"]["notes"]
    assert list(manifest["tools"]) == ["get", "say", "typed"]
    assert manifest["failed"]["failing"] == "no such note"
    assert "does not fit the output schema" in manifest["failed"]["wrong"]


def test_a_second_run_adds_to_the_first_and_loses_nothing(project: Project) -> None:
    project.serve("notes", [tool("a"), tool("b")], {"a": [text({"n": 1})], "b": [text([])]})
    project.list_tools(notes={"a": {"first": 1}, "b": {}})
    assert project.discover() == 0
    project.serve("notes", [tool("a"), tool("c")], {"a": [text({"n": 1.5})], "c": [text({})]})
    project.list_tools(notes={"a": {"second": 1}, "c": {}})

    assert project.discover() == 0

    types = project.types("notes")
    assert {"AResult", "BResult", "CResult"} <= types.keys()
    assert types["AResult"].model_validate({"n": 1.5}).n == 1.5
    told = types["AResult"].__doc__
    assert told == 'Inferred from 2 answers of a, called with {"first": 1}, {"second": 1}.'


@pytest.mark.parametrize(
    "content",
    ["class Mine: ...\n", "", "\xff", HEADER + "edited = 1\n", f"{HEADER}# {{"],
)
def test_a_file_that_is_not_ours_or_was_changed_stays_as_it_is(
    project: Project, output: Output, content: str
) -> None:
    project.serve("notes", [tool("a")], {"a": [text({})]})
    project.serve("other", [tool("a")], {"a": [text({})]})
    project.list_tools(notes={"a": {}}, other={"a": {}})
    file = project.types_file("notes")
    file.parent.mkdir(parents=True)
    file.write_bytes(content.encode("latin-1"))

    assert project.discover() == 1

    assert file.read_bytes() == content.encode("latin-1")
    assert f"{file} stays as it is" in output()[1]
    assert "AResult" in project.types("other")
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_nothing_is_written_through_a_link(project: Project, output: Output) -> None:
    project.serve("notes", [tool("a")], {"a": [text({})]})
    project.list_tools(notes={"a": {}})
    elsewhere = project.root / "elsewhere"
    elsewhere.mkdir()
    package = project.types_file("notes").parent
    package.parent.mkdir(parents=True)
    package.symlink_to(elsewhere)

    assert project.discover() == 1
    assert list(elsewhere.iterdir()) == []
    assert "is a link" in output()[1]


def test_a_folder_that_cannot_be_written_is_an_error(project: Project, output: Output) -> None:
    project.serve("notes", [tool("a")], {"a": [text({})]})
    project.list_tools(notes={"a": {}})
    (project.root / "src").write_text("a file")

    assert project.discover() == 1
    assert "cannot write" in output()[1]


def test_what_fails_is_named_and_the_rest_is_written(project: Project, output: Output) -> None:
    failure = {**text("no such note"), "isError": True}
    project.serve("notes", [tool("a"), tool("b")], {"a": [failure, text({})], "b": [failure]})
    project.config["broken"] = {"command": "no-such-command"}
    project.config["off"] = {"command": "no-such-command", "disabled": True}
    project.list_tools(
        notes={"a": [{}, {}], "b": {}, "get_a": {}},
        broken={"a": {}},
        unknown={"a": {}},
        off={"a": {}},
        empty={},
    )

    assert project.discover("--json") == 1

    out, error = output()
    servers = json.loads(out)["servers"]
    assert set(servers) == {"notes", "broken", "unknown"}
    assert servers["notes"]["tools"] == {"a": {"type": "AResult", "samples": 1}}
    assert servers["notes"]["module"] == "servers.notes.discovered_types"
    assert servers["notes"]["file"] == str(project.types_file("notes"))
    assert set(servers["notes"]["failed"]) == {"a", "b", "get_a"}
    assert "there is no such tool" in error
    assert "no-such-command" in servers["broken"]["error"]
    assert "no server 'unknown'" in servers["unknown"]["error"]


def test_only_the_named_servers_are_called(project: Project, output: Output) -> None:
    for server in ("one", "two"):
        project.serve(server, [tool("a")], {"a": [text({})]})
    project.list_tools(one={"a": {}}, two={"a": {}})

    assert project.discover("two") == 0
    assert (project.calls("one"), len(project.calls("two"))) == ([], 1)
    assert project.discover("two", "tow") == 1
    assert "did you mean 'two'?" in output()[1]


def test_types_can_be_written_elsewhere(project: Project) -> None:
    project.serve("my-notes", [tool("a")], {"a": [text({})]})
    project.list_tools(**{"my-notes": {"a": {}}})
    other = project.discovery.rename(project.root / "other.json")
    folder = project.root / "out" / "servers"

    assert project.discover("--discovery-config", str(other), "--output", str(folder)) == 0
    assert (folder / "my_notes" / "discovered_types.py").is_file()
    assert not (project.root / "src").exists()


def test_hostile_names_and_texts_stay_what_they_are(project: Project, output: Output) -> None:
    code = '"""\nraise SystemExit\n"""'
    names = ["../../x", "/tmp/x", "class", "__init__", "", code, "x" * 300, "A", "a", "None"]
    answer = {name: {name: [{name: 1}]} for name in [*names, "model_config", "$ref", "ToolResult"]}
    tools = [{**tool(name, readOnlyHint=True), "description": code} for name in names]
    project.serve("../evil", tools, {name: [text(answer)] for name in names})
    project.list_tools(**{"../evil": {name: {code: code} for name in names}})

    assert project.discover("--json") == 0

    init = project.root / "src" / "servers" / "__init__.py"
    assert set(project.root.rglob("*.py")) == {init, project.types_file("evil")}
    types = project.types("evil")
    tools_of = json.loads(output()[0])["servers"]["../evil"]["tools"]
    assert tools_of.keys() == set(names)
    for told in tools_of.values():
        read = types[told["type"]].model_validate(answer)
        assert read.model_dump(by_alias=True, exclude_unset=True) == answer


def test_a_missing_discovery_config_is_an_error_with_the_next_step(
    project: Project, output: Output
) -> None:
    assert project.discover() == 1
    assert "mcp-discover --init" in output()[1]


def test_a_missing_config_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    monkeypatch.setattr(mcp_client, "_manager", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MCP_CONFIG", raising=False)

    assert main([]) == 1
    assert "create one" in output()[1]


def test_a_discovery_config_that_cannot_be_read_is_an_error(
    project: Project, output: Output
) -> None:
    project.discovery.mkdir()
    assert project.discover() == 1
    assert "cannot read" in output()[1]
    project.discovery.rmdir()
    project.discovery.write_bytes(b"\xff")
    assert project.discover() == 1
    assert "is not UTF-8 text" in output()[1]


def test_a_discovery_config_that_lists_nothing_is_told(project: Project, output: Output) -> None:
    project.serve("notes", [tool("a")])
    project.list_tools(notes={})

    assert project.discover() == 0
    assert "lists no tools to call" in output()[1]


def test_wrong_usage_exits_with_2() -> None:
    with pytest.raises(SystemExit) as exit_request:
        main(["--no-such-option"])

    assert exit_request.value.code == 2


def test_quiet_says_nothing_when_all_went_well(project: Project, output: Output) -> None:
    project.serve("notes", [tool("a")], {"a": [text({})]})
    project.list_tools(notes={"a": {}})

    assert project.discover("-q") == 0
    assert output() == ("", "")


def test_init_writes_a_config_that_runs_as_it_is(project: Project, output: Output) -> None:
    with_enum = {"properties": {"kind": {"enum": ["x", "y"]}}, "required": ["kind"]}
    tools = [
        tool("get", readOnlyHint=True) | {"inputSchema": with_enum},
        tool("get_one", readOnlyHint=True) | {"inputSchema": {"required": ["id"]}},
        tool("delete"),
    ]
    project.serve("notes", tools, {"get": [text({"id": 1})]})

    assert project.discover("--init", "--json") == 0

    out, error = output()
    written = {"notes": {"safeTools": {"get": {"kind": "x"}}}}
    assert json.loads(project.discovery.read_text()) == {"servers": written}
    assert "tool 'get_one' is left out: its schema proposes no value for 'id'" in error
    assert json.loads(out)["servers"]["notes"]["leftOut"].keys() == {"get_one"}
    assert project.calls("notes") == []
    assert project.discover() == 0
    assert [call["arguments"] for call in project.calls("notes")] == [{"kind": "x"}]


def test_init_replaces_no_file(project: Project, output: Output) -> None:
    project.serve("notes", [tool("get")])
    project.discovery.write_text("mine")

    assert project.discover("--init") == 1
    assert project.discovery.read_text() == "mine"
    assert "exists" in output()[1]


def test_init_names_the_servers_that_it_cannot_reach(project: Project, output: Output) -> None:
    project.serve("notes", [tool("get")])
    project.config["broken"] = {"command": "no-such-command"}
    project.config["off"] = {"command": "no-such-command", "disabled": True}

    assert project.discover("--init") == 1
    assert json.loads(project.discovery.read_text())["servers"].keys() == {"notes"}
    assert "no-such-command" in output()[1]
    project.discovery.unlink()
    assert project.discover("--init", "notes") == 0
    project.discovery.unlink()
    assert project.discover("--init", "broken") == 1
    assert not project.discovery.exists()


def test_init_in_a_folder_that_is_not_there_is_an_error(project: Project, output: Output) -> None:
    project.serve("notes", [tool("get")])
    assert project.discover("--init", "--discovery-config", str(project.root / "no" / "x")) == 1
    assert "cannot write" in output()[1]


def command(root: Path, module: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A command as a user runs it in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", f"runtime.{module}", *args],
        cwd=root,
        env={**os.environ, "MCP_CONFIG": ""},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_a_new_user_proposes_discovers_and_validates(project: Project) -> None:
    answer = {"id": 7, "owner": {"login": "x"}}
    project.serve("notes", [tool("get", readOnlyHint=True)], {"get": [text(answer)]})
    project.write_config()
    (project.root / "script.py").write_text(
        "from runtime.mcp_client import call_mcp_tool\n"
        "from servers.notes.discovered_types import GetResult\n"
        "note = GetResult.model_validate(await call_mcp_tool('notes__get'))\n"
        "print(note.id, note.owner and note.owner.login)\n"
    )

    steps = [("discover_schemas", "--init"), ("discover_schemas",), ("harness", "script.py")]
    runs = [command(project.root, *step) for step in steps]

    assert [run.returncode for run in runs] == [0, 0, 0], runs
    assert [run.stdout for run in runs] == ["", "", "7 x\n"]


def test_an_error_has_the_same_form_under_python_m(project: Project) -> None:
    project.write_config()

    run = command(project.root, "discover_schemas")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("[ERROR] no discovery_config.json in ")


def test_an_interrupted_run_writes_nothing_and_says_so_with_its_exit_code(
    project: Project,
) -> None:
    project.serve("notes", [tool("a"), tool("b")], {"a": [text({})]})
    project.list_tools(notes={"a": {}, "b": {}})
    project.write_config()
    calls = project.root / "notes.calls"
    os.mkfifo(calls)
    command_line = [sys.executable, "-m", "runtime.discover_schemas", "-q"]
    with (
        open(os.open(calls, os.O_RDWR)) as arriving,  # never at its end, as we could write too
        subprocess.Popen(command_line, cwd=project.root, stderr=subprocess.PIPE) as running,
    ):
        for name in ("a", "b"):
            assert json.loads(arriving.readline())["name"] == name
        running.send_signal(signal.SIGINT)
        _, error = running.communicate()

    assert (running.returncode, error) == (130, b"")
    assert not project.types_file("notes").exists()


def test_wrappers_and_discovered_types_live_in_one_package_whichever_comes_first(
    project: Project,
) -> None:
    project.serve("notes", [tool("get", readOnlyHint=True)], {"get": [text({"id": 7})]})
    project.list_tools(notes={"get": {}})
    project.write_config()
    (project.root / "script.py").write_text(
        "from servers.notes import get\n"
        "from servers.notes.discovered_types import GetResult\n"
        "print(GetResult.model_validate(await get()).id)\n"
    )
    steps = [("discover_schemas",), ("generate_wrappers",), ("discover_schemas",)]

    for step in steps:
        assert command(project.root, *step).returncode == 0

    assert "2 answers" in project.types_file("notes").read_text()
    ran = command(project.root, "harness", "script.py")
    assert (ran.returncode, ran.stdout) == (0, "7\n"), ran.stderr
    assert command(project.root, "generate_wrappers", "--check").returncode == 0


def test_two_runs_at_once_lose_nothing_of_each_other(project: Project) -> None:
    tools = ["a", "b"]
    project.serve("notes", [tool(name) for name in tools], {name: [text({})] for name in tools})
    project.write_config()
    running = []
    for name in tools:
        project.list_tools(notes={name: {}})
        config = project.discovery.rename(project.root / f"{name}.json")
        options = ["-q", "--discovery-config", str(config)]
        arguments = [sys.executable, "-m", "runtime.discover_schemas", *options]
        running.append(subprocess.Popen(arguments, cwd=project.root))

    assert [process.wait() for process in running] == [0, 0]
    assert {"AResult", "BResult"} <= project.types("notes").keys()
