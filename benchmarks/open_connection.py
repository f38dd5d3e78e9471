"""Calls on an open connection: with the SDK alone, with this runtime, and through a host."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.servers import REPOSITORY, SERVERS

WORKLOADS = ["latency", "latency_git", "throughput", "large_1", "large_50", "memory"]
EXEC = [sys.executable, "-m", "runtime.harness"]

Samples = dict[str, list[float]]


class Row(NamedTuple):
    """One figure, its unit, and the bars that it must keep."""

    figure: str
    title: str
    unit: str
    bar: str = ""
    host_bar: str = ""


ROWS = [
    Row("call_ms", "one call, median, echo server", "ms", "at most 0.5 ms more"),
    Row("git_call_ms", "one call, median, git server", "ms", "", "at most 2.0 times"),
    Row("calls_per_s_1", "calls per second, 1 in flight", "/s"),
    Row("calls_per_s_10", "calls per second, 10 in flight", "/s"),
    Row("calls_per_s_100", "calls per second, 100 in flight", "/s", "at least 0.5", "at least 0.8"),
    Row("large_1_mb_s", "a text result of 1 MB", "s"),
    Row("large_50_mb_s", "a text result of 50 MB", "s", "under 5 s"),
    Row("peak_mib", "peak memory with one call", "MiB", "at most 1.25 times"),
]
SIDES = ["plain SDK", "mcp-execution", "through a host"]


def measure(runs: int) -> dict[str, Samples]:
    """By side and figure, a value of each run; the sides take turns."""
    samples: dict[str, Samples] = {side: {} for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mcp_config.json"
        entries = {name: SERVERS[name].entry for name in ("echo", "git")}
        config.write_text(json.dumps({"mcpServers": entries}))
        os.environ["XDG_RUNTIME_DIR"] = folder
        script = [*EXEC, "--config", str(config)]
        commands = {
            "plain SDK": [sys.executable, "-m", "benchmarks.plain"],
            "mcp-execution": [*script, "benchmarks/scripts/workload.py"],
            "through a host": [*script, "--keep-alive", "60", "benchmarks/scripts/workload.py"],
        }
        for _ in range(runs):
            for workload in WORKLOADS:
                for side, command in commands.items():
                    _measure([*command, workload], samples[side])
        stop = [sys.executable, "-m", "runtime.host.command", "stop", "--all"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL)
    return samples


def _measure(command: list[str], samples: Samples) -> None:
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, timeout=300)
    for figure, value in json.loads(done.stdout).items():
        samples.setdefault(figure, []).append(value)
