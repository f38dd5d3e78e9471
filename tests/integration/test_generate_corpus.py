"""Wrappers of real tools say what their servers meant; see ../shared/fidelity/README.md.

A sample of the corpus, by the same programs that measure the whole. Skipped where it is absent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
EVERY = 17
"""One tool of so many is in the sample."""

pytestmark = pytest.mark.skipif(
    not (SHARED / "corpus").is_dir(), reason="the corpus of real tools is not here"
)


def listings() -> dict[str, list[dict[str, Any]]]:
    saved = [json.loads(path.read_text()) for path in sorted((SHARED / "corpus").glob("*.json"))]
    return {each["server"]: each["tools"] for each in saved}


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample, its wrappers in ``servers`` and the manifest."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "corpus").mkdir()
    pairs = [(server, tool) for server, tools in listings().items() for tool in tools]
    by_server: dict[str, list[Any]] = {}
    for server, tool in pairs[::EVERY]:
        by_server.setdefault(server, []).append(tool)
    for server, tools in by_server.items():
        path = folder / "corpus" / f"{server}.json"
        path.write_text(json.dumps({"server": server, "tools": tools}))
    files = sorted((folder / "corpus").iterdir())
    generated = run(
        "-m", "runtime.generate_wrappers", "--json", "--output", folder / "servers",
        "--from-json", *files,
    )  # fmt: skip
    assert generated.returncode == 0, generated.stderr
    (folder / "manifest.json").write_text(generated.stdout)
    return folder


def test_values_are_neither_lost_nor_altered(sample: Path) -> None:
    instances = sample / "instances.jsonl"
    made = run(SHARED / "fidelity" / "instances.py", sample / "corpus", instances)
    assert made.returncode == 0, made.stderr
    checked = run(
        SHARED / "fidelity" / "check.py", sample / "servers", sample / "manifest.json", instances
    )
    assert checked.returncode == 0, checked.stderr
    counts = json.loads(checked.stdout)
    assert counts["modules"] == counts["modules_loaded"] > 100
    assert counts["input_valid"] > 1000
    assert counts.get("input_int_became_float", 0) == counts.get("output_int_became_float", 0) == 0
    assert counts["input_extra_kept"] == counts["input_extra"]
    assert counts["input_invalid_rejected"] >= 0.89 * counts["input_invalid"]


def test_type_checkers_find_nothing_wrong(sample: Path) -> None:
    checked = run(
        "-m", "mypy", "--strict", "--config-file=", "--cache-dir", sample / "cache",
        sample / "servers", MYPYPATH=f"{sample}:{ROOT / 'src'}",
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_wrappers_are_cheap_to_make_to_import_and_to_read() -> None:
    # A tracer in the process would be measured too.
    measured = run("-m", "benchmarks.wrappers", SHARED / "corpus", COVERAGE_PROCESS_CONFIG="")
    assert measured.returncode == 0, measured.stderr
    report = json.loads(measured.stdout)
    assert report["cpu_ms_per_tool"] <= 1
    assert report["module_to_definition"] <= 1.1
    assert report["readme_tokens_per_tool"] <= 40
    assert report["import_ratio"] <= 1.3
