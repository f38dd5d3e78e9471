"""A tool's module reads as the golden files do, and type checkers find nothing wrong with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.generate_wrappers import main
from tests.generated import render

GOLDEN = Path(__file__).parents[1] / "golden"
ROOT = GOLDEN.parents[1]

USE = """\
from servers.shop import FindOrdersParams, cancel_order, find_orders
from servers.shop.cancel_order import Reason2
from servers.shop.find_orders import Order
from servers.hostile import etc_passwd


async def use() -> list[Order]:
    orders = await find_orders(FindOrdersParams(text="a", limit=5, from_="DE"))
    orders += await find_orders(text="a", status=["paid"], since=None, sort=["id"])
    total: float = orders[0].total
    cancelled = await cancel_order(id=orders[0].id, reason=Reason2(kind="other", text="b"))
    if cancelled is not None and cancelled.refund is not None:
        total += cancelled.refund
    await etc_passwd(a_b=1, x=str(total), model_config_="c")
    return orders
"""
WRONG = """\
from servers.shop import FindOrdersParams, cancel_order, find_orders, no_such_tool
from servers.shop.cancel_order import Reason


async def use() -> None:
    await find_orders(txet="a")
    await find_orders(text=1)
    await find_orders("a")
    await find_orders(text="a", status=["lost"])
    await cancel_order(id="1", reason=Reason(kind="late"))
    await cancel_order(FindOrdersParams(text="a"))
    (await find_orders(text="a"))[0].no_such_field
    FindOrdersParams(text="a", limit="5")
"""


def test_the_golden_files_are_what_is_generated(capsys: pytest.CaptureFixture[str]) -> None:
    """See tests/golden/README.md for the command that renews them."""
    saved = sorted(map(str, GOLDEN.glob("*.json")))
    assert main(["--from-json", *saved, "--output", str(GOLDEN / "servers"), "--check"]) == 0
    assert "stale" not in capsys.readouterr().err


KINDS: dict[str, Any] = {
    "null": {"type": "null"},
    "anything": {},
    "nothing": False,
    "number": {"type": "number"},
    "union": {"type": ["string", "null"]},
    "choice": {"enum": ["a"]},
    "exact": {"const": 1},
    "one_of": {"enum": [0.5, None]},
    "items": {"type": "array", "items": {"type": ["integer", "null"]}},
    "bounded": {"type": "array", "minItems": 1},
    "map": {"type": "object"},
    "others": {
        "type": "object",
        "properties": {"a": {}},
        "additionalProperties": {"enum": [1, "a"]},
    },
    "either": {"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "array"}]},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the golden wrappers and those of every kind of result, one file that uses
    them well, and one that does not."""
    shutil.copytree(GOLDEN / "servers", tmp_path / "servers")
    (tmp_path / "servers" / "kinds").mkdir()
    for kind, schema in KINDS.items():
        envelope = {"properties": {"result": schema}, "required": ["result"]}
        source = render(
            {"inputSchema": {"properties": {"x": schema}}, "outputSchema": envelope}
        ).source
        (tmp_path / "servers" / "kinds" / f"{kind}.py").write_text(source)
    (tmp_path / "use.py").write_text(USE)
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


def test_mypy_checks_both_call_forms_without_a_plugin(project: Path) -> None:
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "servers",
            "use.py",
            "wrong.py",
        ],
        cwd=project,
        env={"MYPYPATH": f"{project}:{ROOT / 'src'}", "MYPY_CACHE_DIR": str(project / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in checked.stdout.splitlines() if ": error: " in line]
    assert [line for line in errors if not line.startswith("wrong.py:")] == [], checked.stderr
    assert {int(line.split(":")[1]) for line in errors} == {1, 6, 7, 8, 9, 10, 11, 12, 13}


def test_pyright_checks_both_call_forms(project: Path) -> None:
    (project / "pyrightconfig.json").write_text(
        '{"typeCheckingMode": "strict", "include": ["use.py", "servers", "wrong.py"],'
        f' "extraPaths": ["{ROOT / "src"}"]}}'
    )
    checked = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(project)],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line for line in checked.stdout.splitlines() if " - error: " in line]
    assert [line for line in errors if "wrong.py" not in line] == []
    assert {int(line.split(":")[1]) for line in errors} == {1, 6, 7, 8, 9, 10, 11, 12, 13}


def function_of(**tool: Any) -> str:
    return render(tool).source.rpartition("\n\n\n")[2]


def test_the_description_is_the_docstring() -> None:
    assert '"""Says "hi" to \\\\ all."""' in function_of(description='Says "hi" to \\ all.')


def test_without_a_description_the_title_is_the_docstring() -> None:
    assert '"""The title"""' in function_of(title="The title")


def test_without_either_there_is_no_docstring() -> None:
    assert '"""' not in function_of(description=" ")


@pytest.mark.parametrize(
    ("output", "returned", "alias"),
    [
        ({"type": "object", "properties": {"a": {}}}, "ActResult", None),
        ({"type": "object"}, "ActResult", "dict[str, Any]"),
        ({}, "ActResult", "Any"),
        (
            {"properties": {"result": {"type": "string"}}, "required": ["result"]},
            "ActResult",
            "str",
        ),
        (
            {"properties": {"result": {"enum": ["a"]}}, "required": ["result"]},
            "ActResult",
            'Literal["a"]',
        ),
        (None, "Any", None),
    ],
)
def test_the_function_returns_the_declared_result(
    output: Any, returned: str, alias: str | None
) -> None:
    source = render({"outputSchema": output}).source
    assert f"-> {returned}:" in source
    assert ("\nActResult = " in source) is (alias is not None)
    assert alias is None or f"\nActResult = {alias}\n" in source


def test_the_sdks_envelope_is_told_as_unwrapped() -> None:
    envelope = {
        "type": "object",
        "properties": {"result": {"type": "integer"}},
        "required": ["result"],
    }
    assert render({"outputSchema": envelope}).unwrapped
    assert not render({"outputSchema": {**envelope, "required": []}}).unwrapped
