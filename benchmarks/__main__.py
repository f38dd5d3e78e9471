"""Measures, and writes ``docs/benchmarks.md``: ``uv run python -m benchmarks [--runs N]``."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.servers import ECHO

REPOSITORY = Path(__file__).parent.parent
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"


class Row(NamedTuple):
    """One line of the table, and the bar that it must keep."""

    figure: str
    title: str
    unit: str
    bar: str


ROWS = [
    Row("call_ms", "one call on an open connection, median", "ms", "at most 0.5 ms more"),
    Row("calls_per_s_1", "calls per second, 1 in flight", "/s", ""),
    Row("calls_per_s_10", "calls per second, 10 in flight", "/s", ""),
    Row("calls_per_s_100", "calls per second, 100 in flight", "/s", "at least 0.5 of it"),
    Row("large_1_mb_s", "a text result of 1 MB", "s", ""),
    Row("large_50_mb_s", "a text result of 50 MB", "s", "under 5 s"),
    Row("peak_mib", "peak memory with one call", "MiB", "at most 1.25 times"),
]
WORKLOADS = ["latency", "throughput", "large_1", "large_50", "memory"]
Samples = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured")
    runs = parser.parse_args().runs
    plain: Samples = {}
    ours: Samples = {}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mcp_config.json"
        entry = {"command": ECHO[0], "args": ECHO[1:]}
        config.write_text(json.dumps({"mcpServers": {"echo": entry}}))
        for _ in range(runs):
            for workload in WORKLOADS:
                _measure([sys.executable, "-m", "benchmarks.plain", workload], plain)
                script = [sys.executable, "-m", "runtime.harness", "--config", str(config)]
                _measure([*script, "benchmarks/ours.py", workload], ours)
    DOCUMENT.write_text(_document(plain, ours, runs))
    print(DOCUMENT.read_text())


def _measure(command: list[str], samples: Samples) -> None:
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, timeout=300)
    for figure, value in json.loads(done.stdout).items():
        samples.setdefault(figure, []).append(value)


def _document(plain: Samples, ours: Samples, runs: int) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `uv run python -m benchmarks`. Each figure stands next to that of a script",
        "that does the same with the SDK alone, measured in turns in the same run, against a stdio",
        f"server of the standard library. Minimum / median / maximum of {runs} runs.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, mcp {version('mcp')}, "
        f"pydantic {version('pydantic')}.",
        "",
        "| what | unit | plain SDK | mcp-execution | ratio of medians | bar |",
        "|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        theirs, own = plain[row.figure], ours[row.figure]
        ratio = statistics.median(own) / statistics.median(theirs)
        lines.append(
            f"| {row.title} | {row.unit} | {_spread(theirs)} | {_spread(own)} "
            f"| {ratio:.2f} | {row.bar} |"
        )
    return "\n".join(lines) + "\n"


def _spread(values: list[float]) -> str:
    return " / ".join(map(_shown, (min(values), statistics.median(values), max(values))))


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
