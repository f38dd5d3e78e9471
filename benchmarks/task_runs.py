"""Runs the five tasks against the real servers, in a project of their own in a temporary folder."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import recorder
from benchmarks.collection import Collection, tokens_of
from benchmarks.reference_page import served_page
from benchmarks.tasks import SERVERS, Task
from benchmarks.token_figures import Run
from runtime.mcp_client import McpClientManager

REPOSITORY = Path(__file__).parent.parent
NPM = "@modelcontextprotocol/server-{}@2026.8.31"


class Project:
    """A folder with a config of the five servers, and their wrappers below ``src/servers``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wrappers = root / "src" / "servers"
        self._memory = root / "memory.jsonl"
        self._log = root / "answers.jsonl"
        self.config = root / "mcp_config.json"
        entries = {name: self._recorded(entry) for name, entry in self._servers().items()}
        self.config.write_text(json.dumps({"mcpServers": entries}))
        shutil.copytree(REPOSITORY / "workspace" / "sample_project", root / "sample_project")

    def _servers(self) -> dict[str, dict[str, Any]]:
        def npx(name: str, *args: str) -> dict[str, Any]:
            return {"command": "npx", "args": ["-y", NPM.format(name), *args]}

        return {
            "git": {
                "command": "mcp-server-git",
                "args": ["--repository", "."],
                "cwd": str(REPOSITORY),
            },
            "fetch": {"command": "mcp-server-fetch", "args": ["--allow-private-ips"]},
            "filesystem": npx("filesystem", "."),
            "memory": npx("memory") | {"env": {"MEMORY_FILE_PATH": str(self._memory)}},
            "everything": npx("everything"),
        }

    def _recorded(self, entry: dict[str, Any]) -> dict[str, Any]:
        behind = [str(recorder.__file__), str(self._log), entry["command"], *entry["args"]]
        return entry | {"command": sys.executable, "args": behind, "connectTimeout": 120}

    def list_tools(self) -> dict[str, list[dict[str, Any]]]:
        """What the five servers answer to ``tools/list``."""
        return asyncio.run(self._list_tools())

    async def _list_tools(self) -> dict[str, list[dict[str, Any]]]:
        manager = McpClientManager()
        try:
            await manager.initialize(self.config)
            answers = await asyncio.gather(*map(manager.list_tools, SERVERS))
        finally:
            await manager.cleanup()
        listed = zip(SERVERS, answers, strict=True)
        return {name: [dict(tool) for tool in tools] for name, tools in listed}

    def generate(self, collection: Collection) -> dict[str, str]:
        """Writes the wrappers of every server of a collection; says which package is whose."""
        listings = self.root / "listings"
        listings.mkdir()
        for number, (server, tools) in enumerate(collection.items()):
            saved = json.dumps({"server": server, "tools": tools})
            (listings / f"{number}.json").write_text(saved)
        files = [str(path) for path in sorted(listings.iterdir())]
        options = ["--quiet", "--json", "--output", str(self.wrappers), "--from-json", *files]
        manifest = json.loads(self._command("generate_wrappers", *options))
        return {server: entry["package"] for server, entry in manifest["servers"].items()}

    def run(self, task: Task) -> Run:
        """Runs a task's script once, from a clean state.

        Raises:
            CalledProcessError: the script failed; what it said is on stderr.
        """
        self._log.unlink(missing_ok=True)
        self._memory.write_text(_dependencies())
        with served_page() as url:
            # Only the script that fetches it looks at it.
            printed = self._command("harness", "--config", str(self.config), str(task.script), url)
        answers = list(_answers(self._log))
        return Run(len(answers), sum(map(tokens_of, answers)), tokens_of(printed))

    def _command(self, module: str, *args: str) -> str:
        command = [sys.executable, "-m", f"runtime.{module}", *args]
        done = subprocess.run(
            command, cwd=self.root, stdout=subprocess.PIPE, text=True, check=True, timeout=300
        )
        return done.stdout


@contextmanager
def project() -> Iterator[Project]:
    """A project that is gone afterwards."""
    with TemporaryDirectory() as folder:
        yield Project(Path(folder).resolve())


def _answers(log: Path) -> Iterator[str]:
    """The text of every answer to ``tools/call``, told by its content (MCP, "Tool Result")."""
    for line in log.read_text(encoding="utf-8").splitlines():
        result = json.loads(line).get("result")
        if isinstance(result, dict) and "content" in result:
            yield "\n".join(block.get("text", "") for block in result["content"])


def _dependencies() -> str:
    """What the memory server remembers: the installed packages, and which requires which."""
    found = {_normal(each.metadata["Name"]): each for each in distributions()}
    lines: list[dict[str, Any]] = []
    for name, each in sorted(found.items()):
        facts = [f"Version {each.version}", str(each.metadata["Summary"])]
        lines.append(
            {"type": "entity", "name": name, "entityType": "package", "observations": facts}
        )
    for name, each in sorted(found.items()):
        needed = {_normal(text) for text in each.requires or [] if "extra ==" not in text}
        lines += [
            {"type": "relation", "from": name, "to": other, "relationType": "requires"}
            for other in sorted(needed & found.keys())
        ]
    return "\n".join(map(json.dumps, lines))


def _normal(requirement: str) -> str:
    """The name in a requirement, as PEP 503 spells it."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), None)
    return requirement[:end].lower().replace("_", "-").replace(".", "-")
