"""What generated wrappers cost: to make, to import, and to read.

    uv run python -m benchmarks.wrappers CORPUS

CORPUS is a folder of saved ``tools/list`` answers (``{"server": NAME, "tools": [...]}``). Prints
one JSON object. A definition is counted as compact JSON, whole, as its server sends it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.collection import tokens_of
from runtime._emit_package import Package, render_package
from runtime._generate_folder import update_folder
from runtime._naming import identifier

SOURCES = Path(__file__).parents[1] / "src"
ROUNDS = 9


def main(corpus: str) -> None:
    print(json.dumps(measure(Path(corpus)), indent=1))


def measure(corpus: Path) -> dict[str, Any]:
    """All figures of the wrappers for ``corpus``."""
    listings = [json.loads(path.read_text()) for path in sorted(corpus.glob("*.json"))]
    start = time.process_time()
    packages = [package_of(listing) for listing in listings]
    cpu = time.process_time() - start
    count = sum(len(package.tools) for package in packages)
    report: dict[str, Any] = {"tools": count, "cpu_ms_per_tool": round(1000 * cpu / count, 2)}
    report |= reading_cost(packages)
    with tempfile.TemporaryDirectory() as folder:
        update_folder(Path(folder) / "servers", packages)
        report |= import_cost(folder, max(packages, key=lambda package: len(package.tools)))
    return report


def package_of(listing: dict[str, Any]) -> Package:
    package = render_package(
        listing["server"], identifier(listing["server"], "server"), listing["tools"]
    )
    assert package.files
    return package


def reading_cost(packages: list[Package]) -> dict[str, float]:
    """Tokens to read, on average over all tools."""
    definitions, modules = [], []
    for package in packages:
        for each in package.tools:
            compact = json.dumps(each.tool, ensure_ascii=False, separators=(",", ":"))
            definitions.append(tokens_of(compact))
            modules.append(tokens_of(each.module.source))
    readmes = sum(tokens_of(package.files["README.md"]) for package in packages)
    ratios = [module / raw for module, raw in zip(modules, definitions, strict=True)]
    return {
        "definition_tokens": round(mean(definitions), 1),
        "module_tokens": round(mean(modules), 1),
        "module_to_definition": round(sum(modules) / sum(definitions), 3),
        "mean_of_ratios": round(mean(ratios), 3),
        "readme_tokens_per_tool": round(readmes / len(modules), 1),
    }


def import_cost(folder: str, package: Package) -> dict[str, float | str]:
    """CPU of importing the middle tool of the largest package, against pydantic and the same
    classes made plain."""
    by_size = sorted(package.tools, key=lambda each: len(each.module.source))
    each = by_size[len(by_size) // 2]
    classes = each.module.source.partition("@tool(")[0]
    classes = re.sub(r"^\w+Result = .*", "", classes, flags=re.MULTILINE)
    classes = re.sub(r"\(Tool(Params|Result)[^)]*\):", "(BaseModel):", classes)
    plain = "from pydantic import BaseModel\nfrom typing import Optional as Opt"
    (Path(folder) / "plain.py").write_text(
        re.sub(r"from runtime\.tool import .*", plain, classes), encoding="utf-8"
    )
    ours = best_cpu(folder, f"from servers.{package.name} import {each.names.function}")
    theirs = best_cpu(folder, "import plain")
    return {
        "imported": f"{package.name}.{each.names.function}",
        "import_ms": round(ours, 1),
        "pydantic_and_plain_classes_ms": round(theirs, 1),
        "import_ratio": round(ours / theirs, 2),
    }


def best_cpu(folder: str, statement: str) -> float:
    """The CPU milliseconds of a statement in a process of its own, the best of several."""
    code = f"import time; t = time.process_time()\n{statement}\nprint(time.process_time() - t)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, str(SOURCES)])}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True
        )
        for _ in range(ROUNDS)
    ]
    return min(float(run.stdout) for run in runs) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
