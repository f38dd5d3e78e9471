"""``mcp-discover`` against the real git, fetch, filesystem, memory and everything servers."""

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter

from runtime.mcp_client import McpClientManager
from tests.json_values import same

SOURCES = Path(__file__).parents[2] / "src"
NODE_VERSION = "2026.8.31"
needs_node = pytest.mark.skipif(shutil.which("npx") is None, reason="needs Node.js")
SERVERS = [
    "git",
    "fetch",
    *(pytest.param(name, marks=needs_node) for name in ("filesystem", "memory", "everything")),
]

FRESH: dict[str, dict[str, dict[str, Any]]] = {
    "git": {"git_log": {"repo_path": ".", "max_count": 2}, "git_status": {"repo_path": "."}},
    "fetch": {"fetch": {"url": "PAGE", "max_length": 3}},
    "filesystem": {"list_directory": {"path": "src"}, "get_file_info": {"path": "src"}},
    "memory": {"read_graph": {}, "search_nodes": {"query": "nobody"}},
    "everything": {
        "get-annotated-message": {"messageType": "debug"},
        "get-env": {},
        "get-resource-links": {"count": 1},
        "get-resource-reference": {},
        "get-structured-content": {"location": "New York"},
        "get-sum": {"a": 0.5, "b": 2},
        "get-tiny-image": {},
    },
}
"""Params of calls that were not among the samples."""


def run(module: str, *args: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A command of ours, run in ``root``."""
    environment = {**os.environ, "MCP_CONFIG": str(root / "mcp_config.json")}
    return subprocess.run(
        [sys.executable, "-m", f"runtime.{module}", *args],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page on this machine."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "page.html").write_text("<html><body><h1>Title</h1><p>Some text.</p></body></html>")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/page.html"
        server.shutdown()
        thread.join()


def config(memory: Path) -> dict[str, Any]:
    def node(name: str, *args: str) -> dict[str, Any]:
        package = f"@modelcontextprotocol/server-{name}@{NODE_VERSION}"
        return {"command": "npx", "args": ["-y", package, *args]}

    servers: dict[str, Any] = {
        "git": {"command": "mcp-server-git"},
        "fetch": {"command": "mcp-server-fetch", "args": ["--allow-private-ips"]},
    }
    if shutil.which("npx") is not None:
        memory_server = {**node("memory"), "env": {"MEMORY_FILE_PATH": str(memory)}}
        servers |= {"filesystem": node("filesystem", "."), "memory": memory_server}
        servers["everything"] = node("everything")
    return servers


def samples(page: str) -> dict[str, Any]:
    return {
        "git": {
            "git_log": {"repo_path": ".", "max_count": 1},
            "git_status": {"repo_path": "."},
            "git_commit": {"repo_path": ".", "message": "never"},
        },
        "fetch": {"fetch": [{"url": page}, {"url": page, "raw": True}]},
        "filesystem": {
            "list_directory": {"path": "."},
            "get_file_info": {"path": "mcp_config.json"},
            "write_file": {"path": "never.txt", "content": "never"},
        },
        "memory": {
            "read_graph": {},
            "search_nodes": [{"query": "Ada"}, {"query": "nobody"}],
            "delete_entities": {"entityNames": ["Ada"]},
        },
        "everything": {
            "get-annotated-message": [
                {"messageType": "success"},
                {"messageType": "error", "includeImage": True},
            ],
            "get-env": {},
            "get-resource-links": {},
            "get-resource-reference": [{}, {"resourceType": "Blob"}],
            "get-structured-content": {"location": "Chicago"},
            "get-sum": {"a": 1, "b": 2},
            "get-tiny-image": {},
        },
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, page: str) -> Path:
    """A project in which discovery has run."""
    root = tmp_path_factory.mktemp("project")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    memory = root / "memory.jsonl"
    ada = {"type": "entity", "name": "Ada", "entityType": "person", "observations": ["x"]}
    memory.write_text(json.dumps(ada) + "\n")
    servers = config(memory)
    (root / "mcp_config.json").write_text(json.dumps({"mcpServers": servers}))
    safe = {name: {"safeTools": tools} for name, tools in samples(page).items() if name in servers}
    (root / "discovery_config.json").write_text(json.dumps({"servers": safe}))
    done = run("discover_schemas", "--json", root=root)
    assert done.returncode == 1, done.stderr  # the tools that write were refused
    (root / "outcome.json").write_text(done.stdout)
    return root


def outcome(root: Path, server: str) -> dict[str, Any]:
    """What discovery said of ``server``."""
    told: dict[str, Any] = json.loads((root / "outcome.json").read_text())["servers"][server]
    return told


def loaded(file: str) -> dict[str, Any]:
    """What the module in ``file`` defines."""
    namespace: dict[str, Any] = {"__name__": "discovered_types"}
    exec(Path(file).read_text(), namespace)
    return namespace


@pytest.fixture
async def manager(root: Path) -> AsyncIterator[McpClientManager]:
    manager = McpClientManager()
    await manager.initialize(root / "mcp_config.json")
    yield manager
    await manager.cleanup()


@pytest.mark.parametrize("server", SERVERS)
async def test_types_read_the_answers_they_were_made_from_and_fresh_ones_unchanged(
    root: Path, page: str, manager: McpClientManager, server: str
) -> None:
    told = outcome(root, server)
    types = loaded(told["file"])

    for tool, described in told["tools"].items():
        listed = samples(page)[server][tool]
        fresh = FRESH[server][tool]
        for params in [*(listed if isinstance(listed, list) else [listed]), fresh]:
            sent = {**params, "url": page} if "url" in params else params
            answer = await manager.call_tool(f"{server}__{tool}", sent)
            kind = types[described["type"]]
            strict = None if hasattr(kind, "model_validate") else ConfigDict(strict=True)
            adapter = TypeAdapter(kind, config=strict)
            read = adapter.validate_python(answer)
            assert same(adapter.dump_python(read, by_alias=True, exclude_unset=True), answer), tool


@pytest.mark.parametrize("server", SERVERS)
def test_all_that_reads_is_sampled_and_nothing_else(root: Path, server: str) -> None:
    told = outcome(root, server)

    assert told["tools"].keys() == FRESH[server].keys()
    assert (told["failed"], told["error"]) == ({}, None)
    writing = {"git": {"git_commit"}, "filesystem": {"write_file"}, "memory": {"delete_entities"}}
    assert set(told["refused"]) == writing.get(server, set())


def test_nothing_was_changed_by_discovery(root: Path) -> None:
    log = subprocess.run(
        ["git", "log", "--format=%s"], cwd=root, capture_output=True, text=True, check=True
    )
    assert log.stdout == "one\n"
    assert not (root / "never.txt").exists()
    assert "Ada" in (root / "memory.jsonl").read_text()


def test_the_modules_are_clean_under_strict_mypy(root: Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file="]
    checked = subprocess.run(
        [*mypy, "--cache-dir", str(root / ".mypy_cache"), "-p", "servers"],
        cwd=root,
        env={**os.environ, "MYPYPATH": f"{root / 'src'}:{SOURCES}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_script_validates_an_answer_with_a_discovered_type(root: Path) -> None:
    script = root / "script.py"
    script.write_text(
        "from runtime.mcp_client import call_mcp_tool\n"
        "from servers.git.discovered_types import GitLogResult\n"
        "log: GitLogResult = await call_mcp_tool('git__git_log', {'repo_path': '.'})\n"
        "print('one' in log, GitLogResult)\n"
    )

    ran = run("harness", str(script), root=root)

    assert (ran.returncode, ran.stdout) == (0, "True <class 'str'>\n"), ran.stderr


@needs_node
def test_the_example_config_runs_as_it_is(tmp_path: Path) -> None:
    repository = SOURCES.parent
    ran = run(
        "discover_schemas",
        *("--config", str(repository / "mcp_config.json")),
        *("--discovery-config", str(repository / "discovery_config.example.json")),
        *("--output", str(tmp_path / "servers")),
        root=tmp_path,
    )

    assert ran.returncode == 0, ran.stderr
    assert {file.parent.name for file in tmp_path.rglob("discovered_types.py")} == {
        "git",
        "filesystem",
    }
