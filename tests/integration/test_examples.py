"""The examples in ``workspace`` run as the README says, and print a summary, not the data."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def run(script: str) -> str:
    """What ``mcp-exec`` prints for an example."""
    done = subprocess.run(
        [sys.executable, "-m", "runtime.harness", f"workspace/{script}"],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def stayed_and_printed(line: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+) characters stayed local, (\d+) were printed", line)
    assert found, line
    return int(found[1]), int(found[2])


def test_the_quickstart_sums_up_the_history() -> None:
    *summary, last = run("quickstart.py").splitlines()
    stayed, printed = stayed_and_printed(last)
    assert re.match(r"\d+ commits, \d+ lines of Python added", summary[0])
    assert printed == len("\n".join(summary)) < 1_000 < stayed


@pytest.mark.skipif(shutil.which("npx") is None, reason="needs Node.js")
def test_the_example_counts_the_asynchronous_files_and_prints_none() -> None:
    summary, last = run("example_progressive_disclosure.py").splitlines()
    stayed, printed = stayed_and_printed(last)
    assert summary == "2 of 6 TypeScript files hold 'async': store.ts, sync.ts"
    assert printed == len(summary) < stayed
