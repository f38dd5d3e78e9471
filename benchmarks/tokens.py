"""Measures what an agent reads, in tokens: ``uv run python -m benchmarks.tokens [FOLDER]``.

FOLDER has answers to ``tools/list``, a file ``{"server": NAME, "tools": [...]}`` each; without it,
and without ``../shared/corpus``, the five servers of the tasks are asked for theirs. Writes
``docs/tokens.md``, and the plots that it shows. Needs Node.js, for the servers from npm.
"""

import argparse
import statistics
from pathlib import Path

from benchmarks.collection import (
    Collection,
    Cost,
    definition,
    output_schema,
    read_collection,
    tokens_of,
)
from benchmarks.task_runs import REPOSITORY, Project, project
from benchmarks.tasks import FOLDER, SERVERS, TASKS, Task
from benchmarks.token_document import document, plots
from benchmarks.token_figures import Measured, Package, Reading

DOCUMENT = REPOSITORY / "docs" / "tokens.md"
PLOTS = REPOSITORY / "docs" / "plots"
CORPUS = REPOSITORY.parent / "shared" / "corpus"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tokens", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="saved answers to tools/list")
    try:
        print(write(parser.parse_args().folder))
    except LookupError as e:
        parser.error(str(e))


def write(folder: Path | None = None) -> str:
    """Measures, and writes the page and its plots; returns the page.

    Raises:
        LookupError: the folder has no answers of the servers that the tasks use.
    """
    folder = folder or (CORPUS if CORPUS.is_dir() else None)
    collection = read_collection(folder) if folder else None
    if collection is not None and (missing := set(SERVERS) - collection.keys()):
        raise LookupError(f"{folder} has no tools/list of {', '.join(sorted(missing))}")
    with project() as workplace:
        measured = _measure(workplace, collection or workplace.list_tools())
    PLOTS.mkdir(parents=True, exist_ok=True)
    for name, plot in plots(measured).items():
        (PLOTS / name).write_text(plot, encoding="utf-8")
    text = document(measured)
    DOCUMENT.write_text(text, encoding="utf-8")
    return text


def _measure(workplace: Project, collection: Collection) -> Measured:
    packages = workplace.generate(collection)
    index = (workplace.wrappers / "README.md").read_text(encoding="utf-8")
    costs = {
        server: Cost(
            len(tools),
            sum(tokens_of(definition(tool)) for tool in tools),
            tokens_of(_line_of(packages[server], index)),
        )
        for server, tools in collection.items()
    }
    return Measured(
        costs,
        tokens_of(index) - sum(cost.index_line for cost in costs.values()),
        [_read(task, workplace) for task in TASKS],
        {name: _package(workplace.wrappers / package) for name, package in packages.items()},
        sum(tokens_of(output_schema(tool)) for tools in collection.values() for tool in tools),
    )


def _line_of(package: str, index: str) -> str:
    return next(line for line in index.splitlines(keepends=True) if f"]({package}/" in line)


def _read(task: Task, workplace: Project) -> Reading:
    commands = [f"cat src/servers/{name}\n" for name in ["README.md", *task.reads]]
    commands.append(f"mcp-exec {task.script.name}\n")
    readmes = [name for name in task.reads if name.endswith(".md")]
    modules = [name for name in task.reads if name.endswith(".py")]
    return Reading(
        task,
        _tokens_in(FOLDER / "GUIDE.md") + sum(map(tokens_of, commands)),
        sum(_tokens_in(workplace.wrappers / name) for name in readmes),
        sum(_tokens_in(workplace.wrappers / name) for name in modules),
        _tokens_in(task.script),
        workplace.run(task),
    )


def _package(folder: Path) -> Package:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    median = statistics.median(map(_tokens_in, modules)) if modules else 0
    return Package(_tokens_in(folder / "README.md"), median)


def _tokens_in(path: Path) -> int:
    return tokens_of(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
