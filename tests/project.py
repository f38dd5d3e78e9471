"""A project folder for one test: a config, servers of our own, scripts run with ``mcp-exec``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import MARKER, PATIENCE, kill, marked, wait_until

SERVERS = Path(__file__).with_name("servers")
WITHOUT_HOST = pytest.mark.parametrize("mode", ["in process"], indirect=True)
"""For what is true only of servers that are the process's own."""

EXEC = (sys.executable, "-m", "runtime.harness")


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


class Project:
    """A folder with a config; every server in it carries a marker, by which it can be found."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.marker = uuid.uuid4().hex
        self.log_path = root / "server.log"
        self.servers: dict[str, Any] = {}

    # Servers.

    def add_adversary(self, *behaviours: str, name: str = "adversary", **entry: Any) -> None:
        """Configures the adversary with ``behaviours``; ``entry`` holds further config keys."""
        script = str(SERVERS / "adversary.py")
        args = ["-I", "-S", script, f"log={self.log_path}", *behaviours]
        self.add_server(name, command=sys.executable, args=args, **entry)

    def add_server(self, name: str, **entry: Any) -> None:
        entry["env"] = {**entry.get("env", {}), MARKER: self.marker}
        self.servers[name] = entry
        self.config_path.write_text(json.dumps({"mcpServers": self.servers}))

    @property
    def config_path(self) -> Path:
        return self.root / "mcp_config.json"

    def write_pages(self, pages: dict[str, Any]) -> str:
        """The behaviour ``pages=...`` with this content."""
        path = self.root / "pages.json"
        path.write_text(json.dumps(pages))
        return f"pages={path}"

    # What the servers saw.

    def events(self) -> list[dict[str, Any]]:
        """All that the adversaries logged so far."""
        if not self.log_path.exists():
            return []
        lines = self.log_path.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def logged(self, kind: str) -> list[Any]:
        """The values of all events of one kind: ``started``, ``child``, ``daemon``, ..."""
        return [event[kind] for event in self.events() if kind in event]

    def received(self, method: str) -> list[dict[str, Any]]:
        """The params of all messages with this method that reached the adversaries."""
        messages = (message for message in self.logged("received"))
        return [m.get("params", {}) for m in messages if m.get("method") == method]

    def calls(self, tool: str) -> list[Any]:
        """The arguments of all calls of one tool that reached the adversaries."""
        calls = self.received("tools/call")
        return [params.get("arguments") for params in calls if params["name"] == tool]

    def wait_for_calls(self, tool: str, number: int = 1) -> None:
        wait_until(lambda: len(self.calls(tool)) >= number, f"{number} calls of {tool}")

    # Processes.

    def end_hosts(self) -> None:
        """Ends the hosts that hold connections, where the fixture ``hosted`` has them kept."""
        if "MCP_KEEP_ALIVE" in os.environ:
            self.run(sys.executable, "-m", "runtime.host.command", "stop", "--all")

    def processes(self) -> list[int]:
        """The servers of this project that are alive, their supervisors and their children."""
        return marked(self.marker)

    def assert_no_process_left(self) -> None:
        try:
            wait_until(lambda: not self.processes(), "all servers have ended", patience=10)
        finally:
            kill(self.processes())

    def script(self, source: str, name: str = "script.py") -> Path:
        path = self.root / name
        path.write_text(textwrap.dedent(source))
        return path

    def exec(self, *args: str | Path, stdin: str = "", **environ: str) -> Ended:
        """Runs ``mcp-exec`` with ``args`` in the project's folder to its end."""
        return self.run(*EXEC, *args, stdin=stdin, **environ)

    def run(self, *command: str | Path, stdin: str = "", **environ: str) -> Ended:
        ended = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environ},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=2 * PATIENCE,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    @contextmanager
    def started(self, *args: str | Path, **options: Any) -> Iterator[Running]:
        """``mcp-exec`` with ``args`` in the background; killed at the end if it is still there."""
        process = subprocess.Popen(
            [*EXEC, *args],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            **options,
        )
        with process:
            try:
                yield Running(process, self)
            finally:
                with suppress(ProcessLookupError):
                    process.kill()


class Running:
    """``mcp-exec``, while it runs."""

    def __init__(self, process: subprocess.Popen[str], project: Project) -> None:
        self.process = process
        self._project = project

    def wait_for_line(self, line: str) -> None:
        """Waits until the script prints ``line``."""
        assert self.process.stdout is not None
        for printed in self.process.stdout:
            if printed.rstrip("\n") == line:
                return
        raise AssertionError(f"ended without printing {line!r}: {self.ended()}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits until ``condition`` holds, which needs the process to be alive."""
        wait_until(lambda: condition() or self.process.poll() is not None)
        assert self.process.poll() is None, f"ended too early: {self.ended()}"

    def ended(self) -> Ended:
        """Waits for the end; ``out`` holds what was not read yet."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, out, err)
