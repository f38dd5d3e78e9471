"""Measures, and writes ``docs/benchmarks.md``: ``uv run python -m benchmarks [--runs N]``."""

import argparse
import os
import platform
import statistics
from importlib.metadata import version

from benchmarks import open_connection, start_up, wrappers
from benchmarks.plots import Axis, Bar, bar_chart
from benchmarks.servers import REPOSITORY, SERVERS
from benchmarks.start_up import Case

CORPUS = REPOSITORY.parent / "shared" / "corpus"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
PLOT = REPOSITORY / "docs" / "plots" / "start_up.svg"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured")
    runs = parser.parse_args().runs
    cases, seconds = start_up.measure(runs)
    calls = open_connection.measure(runs)
    PLOT.write_text(_plot(seconds))
    lines = [*_head(runs), *_start_up(cases, seconds), *_calls(calls), *_modules(), ""]
    DOCUMENT.write_text("\n".join(lines))
    print(DOCUMENT.read_text())


def _head(runs: int) -> list[str]:
    return [
        "# Benchmarks",
        "",
        "Written by `uv run python -m benchmarks`. Each figure stands next to that of a script",
        "that does the same with the SDK alone, measured in turns in the same run. Minimum /",
        f"median / maximum of {runs} runs; ratios are those of the medians. What an agent reads is",
        "in [tokens](tokens.md).",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, mcp {version('mcp')}, "
        f"pydantic {version('pydantic')}.",
        "",
    ]


def _start_up(cases: list[Case], seconds: start_up.Samples) -> list[str]:
    lines = [
        "## Whole processes",
        "",
        "From the start of the process to its end, in seconds. *Warm*: with `--keep-alive`, when a",
        "host already has the connection.",
        "",
        "![One call, whole process](plots/start_up.svg)",
        "",
        "| what | seconds | ratio | bar |",
        "|---|---|---|---|",
    ]
    for case in cases:
        own, other = seconds[case.key], seconds[case.against]
        ratio = "" if case.key == case.against else _ratio(own, other)
        lines.append(f"| {case.title} | {_spread(own)} | {ratio} | {case.bar} |")
    return lines


def _calls(samples: dict[str, open_connection.Samples]) -> list[str]:
    sides = open_connection.SIDES
    lines = [
        "",
        "## An open connection",
        "",
        "Against a server of the standard library over stdio, but where git is named.",
        "",
        "| what | unit | plain SDK | mcp-execution | ratio, bar | through a host | ratio, bar |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in open_connection.ROWS:
        plain, own, hosted = (samples[side][row.figure] for side in sides)
        lines.append(
            f"| {row.title} | {row.unit} | {_spread(plain)} "
            f"| {_spread(own)} | {_ratio(own, plain)} {_bar(row.bar)} "
            f"| {_spread(hosted)} | {_ratio(hosted, plain)} {_bar(row.host_bar)} |"
        )
    return lines


def _modules() -> list[str]:
    """What generated modules cost; nothing where the collection of listings is absent."""
    if not CORPUS.is_dir():
        return []
    measured = wrappers.measure(CORPUS)
    ratio = f"{measured['module_to_definition']} of its definition"
    imported = f"{measured['import_ratio']} of pydantic and the same classes made plain"
    return [
        "",
        "## Generated modules",
        "",
        f"For the {measured['tools']:,} tools of a collection of real servers. Tokens as in",
        "[tokens](tokens.md); a definition is the whole tool as compact JSON.",
        "",
        "| what | figure | ratio | bar |",
        "|---|---|---|---|",
        f"| CPU to generate one tool | {measured['cpu_ms_per_tool']} ms | | at most 1 ms |",
        f"| tokens of one module, on average | {measured['module_tokens']} | {ratio} "
        "| at most 1.1 |",
        f"| tokens of a server's README, per tool | {measured['readme_tokens_per_tool']} | "
        "| at most 40 |",
        f"| CPU to import one tool of the largest package | {measured['import_ms']} ms "
        f"| {imported} | at most 1.3 |",
    ]


def _bar(bar: str) -> str:
    return f"({bar})" if bar else ""


def _plot(seconds: start_up.Samples) -> str:
    servers = list(SERVERS)

    def bars(kind: str) -> list[Bar]:
        samples = [seconds[f"{server} {kind}"] for server in servers]
        return [Bar(statistics.median(each), low=min(each), high=max(each)) for each in samples]

    series = {
        "plain SDK": bars("plain"),
        "mcp-execution, cold": bars("cold"),
        "mcp-execution, warm": bars("warm"),
    }
    return bar_chart("One call, whole process", Axis("seconds"), servers, series)


def _ratio(own: list[float], other: list[float]) -> str:
    return f"{statistics.median(own) / statistics.median(other):.2g}"


def _spread(values: list[float]) -> str:
    return " / ".join(map(_shown, (min(values), statistics.median(values), max(values))))


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
