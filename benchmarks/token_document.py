"""What `docs/tokens.md` says, and the plots that it shows."""

import statistics
from collections.abc import Iterator
from textwrap import fill

from benchmarks.collection import tokenizer
from benchmarks.plots import Axis, bar_chart, line_chart
from benchmarks.tasks import SERVERS, Task
from benchmarks.token_figures import Measured

SIZES = [5, 10, 20, 30, 40, 50]
JUDGED, BAR = 50, 0.005
"""With so many servers, a task takes at most this part of the definitions, as the mean of all."""


def plots(measured: Measured) -> dict[str, str]:
    """SVG by file name."""
    means = [level.mean for level in measured.levels(_sizes(measured))]
    curves = {
        "all definitions up front": [(mean.tools, mean.definitions) for mean in means],
        "mcp-execution: index, modules, script, output": [
            (mean.tools, measured.task(mean)) for mean in means
        ],
    }
    answers = {
        "answered by the servers": [each.run.answered for each in measured.readings],
        "printed by the script": [each.run.printed for each in measured.readings],
    }
    across = Axis("number of tools (log scale)", log=True)
    up = Axis("tokens (log scale)", log=True)
    names = [_title(each.task) for each in measured.readings]
    return {
        "tokens.svg": line_chart(
            "What an agent reads for one task, by the number of tools", across, up, curves
        ),
        "answers.svg": bar_chart("Results that stay out of the context", up, names, answers),
    }


def document(measured: Measured) -> str:
    """The page as Markdown."""
    tools = sum(cost.tools for cost in measured.costs.values())
    head = (
        f"Written by `uv run python -m benchmarks.tokens`. Tokens of {tokenizer()}, which ships "
        f"its vocabulary. Tools: the answers to `tools/list` of {len(measured.costs)} public MCP "
        f"servers, {tools:,.0f} tools. A definition is read once on each side: no turn is counted "
        "twice, nor any cache."
    )
    parts = [_curve, _tasks, *([_bar] if measured.levels([JUDGED]) else [])]
    return "\n".join(
        ["# Tokens", "", _paragraph(head), *(line for part in parts for line in part(measured)), ""]
    )


def _curve(measured: Measured) -> Iterator[str]:
    yield from [
        "",
        "![What an agent reads for one task, by the number of tools](plots/tokens.svg)",
        "",
        "## By the number of tools",
        "",
        _paragraph(
            "*Up front*: each definition as one line of JSON without spaces, of `name`, "
            "`description` and `inputSchema` alone. Clients that show output schemas as well add "
            f"{measured.output_schemas:,} for all tools. *A task*: the mean of the five below, all "
            "that the agent reads and writes. *Part*: a task of what is up front. The five servers "
            "that the tasks use are always there; figures are means over every choice of the "
            "others."
        ),
        "",
        "| servers | tools | up front | index | a task | part | part, worst task |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for servers, mean, _, _ in measured.levels(_sizes(measured)):
        yield (
            f"| {servers} | {mean.tools:,.0f} | {mean.definitions:,.0f} "
            f"| {measured.index(mean):,.0f} | {measured.task(mean):,.0f} "
            f"| {measured.part(mean):.4f} | {measured.worst_part(mean):.4f} |"
        )


def _tasks(measured: Measured) -> Iterator[str]:
    size = min(JUDGED, len(measured.costs))
    index = measured.index(measured.levels([size])[0].mean)
    yield from [
        "",
        f"## Five tasks, {size} servers",
        "",
        _paragraph(
            "The scripts are those in `benchmarks/tasks`, and ran against the real servers: git on "
            "this repository, fetch on a page on the loopback, filesystem on a sample project, "
            "memory with the packages that are installed here. *Guide*: what an agent must be told "
            "of all this (`GUIDE.md` there), and the commands that it types. *Answered*: the text "
            "of all answers, which a client that calls tools itself puts into its context, and "
            "which here stays in the script; it follows this repository's history and the packages "
            "that are installed."
        ),
        "",
        "| task | guide | index | READMEs | modules | script | printed | a task "
        "| calls | answered |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for each in measured.readings:
        figures = [each.guide, index, each.readmes, each.modules, each.script, each.run.printed]
        figures += [index + each.beside_index, each.run.calls, each.run.answered]
        yield f"| {_title(each.task)} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |"
    yield from ["", "![Results that stay out of the context](plots/answers.svg)", ""]
    for each in measured.readings:
        reads = ", ".join(f"`{name}`" for name in each.task.reads)
        text = f"**{_title(each.task)}**: {each.task.request} Reads {reads}."
        yield fill(f"- {text}", 100, subsequent_indent="  ", break_on_hyphens=False)


def _bar(measured: Measured) -> Iterator[str]:
    [(_, mean, least, most)] = measured.levels([JUDGED])
    part, largest = measured.part(mean), measured.largest
    verdict = "kept" if part <= BAR else f"missed by {part - BAR:.4f}"
    choices = {"mean of all choices": mean}
    for level in measured.levels([JUDGED], without=[largest]):
        choices[f"mean of those without the largest, {largest}"] = level.mean
    choices |= {"the choice with the fewest tokens": least, "the choice with the most": most}
    yield from [
        "",
        f"## The bar: a part of at most {BAR} with {JUDGED} servers",
        "",
        _paragraph(
            f"**{part:.4f}: {verdict}**, as the mean over the five tasks and over every choice of "
            f"the other {JUDGED - len(SERVERS)} servers. The part depends on which these are: "
            "a few servers hold most of the tokens, while a task takes about the same with any."
        ),
        "",
        "| servers | tools | up front | part | part, worst task |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, cost in choices.items():
        yield (
            f"| {name} | {cost.tools:,.0f} | {cost.definitions:,.0f} "
            f"| {measured.part(cost):.4f} | {measured.worst_part(cost):.4f} |"
        )
    yield from _other_servers(measured)


def _other_servers(measured: Measured) -> Iterator[str]:
    [(_, mean, _, _)] = measured.levels([JUDGED])
    parts = measured.part_by_server(mean)
    kept = sum(part <= BAR for part in parts.values())
    yield from [
        "",
        "## Tasks on other servers",
        "",
        _paragraph(
            "The five tasks use small servers. A task on any one server of the collection, which "
            "reads its README and two modules of median size, and whose script is like the five, "
            f"takes a part of {statistics.median(parts.values()):.4f} as the median; it is at most "
            f"{BAR} for {kept} of {len(parts)} servers. The others have so many tools that their "
            "README is better searched than read. Those that take most:"
        ),
        "",
        "| server | tools | its definitions | its README | part |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in sorted(parts, key=lambda name: -parts[name])[: max(3, len(parts) - kept)]:
        cost, readme = measured.costs[name], measured.packages[name].readme
        yield (
            f"| {name} | {cost.tools:,.0f} | {cost.definitions:,.0f} | {readme:,} "
            f"| {parts[name]:.4f} |"
        )


def _sizes(measured: Measured) -> list[int]:
    return sorted({*SIZES, len(measured.costs)})


def _title(task: Task) -> str:
    return task.name.replace("_", " ")


def _paragraph(text: str) -> str:
    return fill(text, 100, break_on_hyphens=False, break_long_words=False)
