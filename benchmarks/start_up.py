"""Whole processes: what one run of a script costs, cold and with connections kept warm."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.servers import REPOSITORY, SERVERS, Server, echo

SCRIPTS = Path(__file__).parent / "scripts"
EXEC = [sys.executable, "-m", "runtime.harness"]
PLAIN = [sys.executable, "-m", "benchmarks.plain_call"]
KEEP_ALIVE = ["--keep-alive", "120"]
MANY_TOOLS = 1_000
MCPORTER = "mcporter@0.12.3"

Samples = dict[str, list[float]]


class Case(NamedTuple):
    """Something to run, and what it is measured against."""

    key: str
    title: str
    command: list[str]
    against: str
    bar: str = ""


class Bench:
    """A project in a temporary folder, with every server that is measured."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._many = [echo() for _ in range(8)]
        self._large = echo(MANY_TOOLS)
        servers = {**SERVERS, "large": self._large}
        servers |= {f"echo_{number}": server for number, server in enumerate(self._many)}
        self._config = folder / "mcp_config.json"
        entries = {name: server.entry for name, server in servers.items()}
        self._config.write_text(json.dumps({"mcpServers": entries}))
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            # Compiled modules are kept, as they are for users.
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def cases(self) -> Iterator[Case]:
        for name, server in SERVERS.items():
            plain, one = f"{name} plain", f"one call to {name}"
            yield Case(plain, f"{one}, plain SDK", self._plain([server]), plain)
            bars = ("at most 0.62", "at most 0.06") if name == "git" else ("", "")
            yield Case(f"{name} cold", f"{one}, cold", self._ours([name]), plain, bars[0])
            warm = self._ours([name], *KEEP_ALIVE)
            yield Case(f"{name} warm", f"{one}, warm", warm, plain, bars[1])
        typed = [*self._exec(*KEEP_ALIVE), str(SCRIPTS / "typed_call.py"), str(REPOSITORY)]
        title = "one call to git through a wrapper, warm"
        yield Case("wrapper warm", title, typed, "git plain", "at most 0.15")
        if porter := self._mcporter():
            yield Case("mcporter warm", "one call to git, mcporter, warm", porter, "git plain")
            title = "one call to git, warm, against mcporter"
            warm = self._ours(["git"], *KEEP_ALIVE)
            yield Case("against mcporter", title, warm, "mcporter warm", "at most 0.4")
        yield from self._growth()

    def _growth(self) -> Iterator[Case]:
        for number in (2, 8):
            names = [f"echo_{i}" for i in range(number)]
            plain, title = f"{number} plain", f"{number} servers, one call each"
            yield Case(plain, f"{title}, plain SDK", self._plain(self._many[:number]), plain)
            yield Case(f"{number} cold", f"{title}, cold", self._ours(names), plain)
        title = f"a server of {MANY_TOOLS} tools"
        yield Case(
            "large plain",
            f"{title}, one call, plain SDK",
            self._plain([self._large]),
            "large plain",
        )
        yield Case("large cold", f"{title}, one call, cold", self._ours(["large"]), "large plain")
        generate = [sys.executable, "-m", "runtime.generate_wrappers", "-q", "large"]
        generate += ["--config", str(self._config), "--output", str(self._folder / "generated")]
        yield Case("generate", f"{title}, mcp-generate", generate, "large plain")

    def prepare(self) -> None:
        """Generates the wrapper that is called, and compiles what will be imported."""
        generate = [sys.executable, "-m", "runtime.generate_wrappers", "-q", "git"]
        self.run([*generate, "--config", str(self._config)])

    def run(self, command: list[str]) -> float:
        """Seconds from the start of ``command`` to its end."""
        started = time.perf_counter()
        subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # without a timeout, for which it would look only every 50 ms
        return time.perf_counter() - started

    def stop(self) -> None:
        """Ends what keeps connections warm."""
        self.run([sys.executable, "-m", "runtime.host.command", "stop", "--all"])
        if porter := self._porter_program():
            self.run([porter, "daemon", "stop"])

    def _plain(self, servers: list[Server]) -> list[str]:
        return [
            *PLAIN,
            json.dumps([[server.command, server.tool, server.params] for server in servers]),
        ]

    def _ours(self, names: list[str], *options: str) -> list[str]:
        servers = {**SERVERS, "large": self._large}
        calls = []
        for name in names:
            server = servers.get(name, self._many[0])
            calls.append([f"{name}__{server.tool}", server.params])
        return [*self._exec(*options), str(SCRIPTS / "call.py"), json.dumps(calls)]

    def _exec(self, *options: str) -> list[str]:
        return [*EXEC, "--config", str(self._config), *options]

    def _mcporter(self) -> list[str] | None:
        """The same call by mcporter, with its daemon; None without npm."""
        if shutil.which("npm") is None:
            return None
        if self._porter_program() is None:
            self.run(["npm", "install", "--silent", "--prefix", str(self._folder), MCPORTER])
        config = self._folder / "mcporter.json"
        entry = {**SERVERS["git"].entry, "lifecycle": "keep-alive"}
        config.write_text(json.dumps({"mcpServers": {"git": entry}}))
        program = self._porter_program()
        assert program is not None
        call = ["call", "git.git_status", f"repo_path={REPOSITORY}"]
        return [program, "--config", str(config), *call]

    def _porter_program(self) -> str | None:
        program = self._folder / "node_modules" / ".bin" / "mcporter"
        return str(program) if program.exists() else None


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder))
        made.prepare()
        try:
            yield made
        finally:
            made.stop()


def measure(runs: int) -> tuple[list[Case], Samples]:
    """Every case, and the seconds that each run of it took; the cases take turns."""
    with bench() as made:
        cases = list(made.cases())
        for case in cases:
            made.run(case.command)  # fills caches, starts what stays warm
        samples: Samples = {case.key: [] for case in cases}
        for _ in range(runs):
            for case in cases:
                samples[case.key].append(made.run(case.command))
    return cases, samples
