"""mcp-generate: what it asks, what it writes, what it says, and how it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runtime import _generate_replace
from runtime.exceptions import ConfigurationError
from runtime.generate_wrappers import generate_tool_wrapper, generate_wrappers, main
from runtime.mcp_client import get_mcp_client_manager
from tests.generated import load

LISTING = Path(__file__).parents[1] / "servers" / "listing.py"
TOOL: dict[str, Any] = {
    "name": "get-item",
    "description": "Gets it.",
    "inputSchema": {"type": "object", "properties": {"id": {"type": "integer"}}},
}


def saved(folder: Path, server: str, *tools: Any) -> str:
    """A saved answer to tools/list."""
    path = folder / f"{server}.json"
    path.write_text(json.dumps({"server": server, "tools": tools}))
    return str(path)


def project(folder: Path, servers: dict[str, Any]) -> Path:
    """A project whose servers list what they are given here."""
    config = {}
    for name, server in servers.items():
        if isinstance(server, dict):
            config[name] = server
        else:
            (folder / f"{name}.json").write_text(json.dumps(server))
            config[name] = {"command": sys.executable, "args": [str(LISTING), f"{name}.json"]}
    path = folder / "mcp_config.json"
    path.write_text(json.dumps({"mcpServers": config}))
    return path


@pytest.fixture(autouse=True)
async def _no_server_is_left() -> AsyncIterator[None]:
    yield
    await get_mcp_client_manager().cleanup()


def test_one_tool_becomes_the_source_of_a_module() -> None:
    module = load(generate_tool_wrapper("shop", "get-item", TOOL))
    assert module.GetItemParams(id=1).model_dump() == {"id": 1}
    assert module.get_item.__doc__ == "Gets it."


def test_saved_listings_need_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [saved(tmp_path, "shop", TOOL), saved(tmp_path, "bank", TOOL, {**TOOL, "name": "pay"})]
    output = tmp_path / "out" / "servers"
    assert main(["--from-json", *files, "--output", str(output), "--json"]) == 0
    assert (output / "bank" / "pay.py").exists()
    assert json.loads(capsys.readouterr().out)["servers"]["shop"] == {
        "package": "shop",
        "tools": {
            "get-item": {
                "file": "shop/get_item.py",
                "module": "servers.shop.get_item",
                "function": "get_item",
                "params": "GetItemParams",
                "result": None,
                "unwrapped": False,
            }
        },
    }


def test_a_check_writes_nothing_and_tells_what_is_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "--output",
        str(tmp_path / "servers"),
        "--from-json",
        saved(tmp_path, "shop", TOOL),
    ]
    assert main([*arguments, "--check"]) == 1
    assert "stale: shop, README.md" in capsys.readouterr().err
    assert not (tmp_path / "servers").exists()
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0


def test_a_listing_that_cannot_be_read_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text("[]")
    files = [str(tmp_path / name) for name in ("broken.json", "other.json", "missing.json")]
    good = saved(tmp_path, "shop", TOOL)
    output = tmp_path / "servers"
    assert main(["--from-json", *files, good, "--output", str(output)]) == 1
    told = capsys.readouterr().err
    assert all(f"{path}" in told for path in files)
    assert (output / "shop" / "get_item.py").exists()


def test_two_listings_of_one_server_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = saved(tmp_path, "shop", TOOL)
    (tmp_path / "two.json").write_text(Path(one).read_text())
    output = str(tmp_path / "servers")
    assert main(["--from-json", one, str(tmp_path / "two.json"), "--output", output]) == 1
    assert "'shop' a second time" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--no-such-option"], ["git", "--from-json", "x.json"]])
def test_wrong_usage_exits_with_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_request:
        main(argv)
    assert exit_request.value.code == 2


def test_without_a_config_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MCP_CONFIG", raising=False)
    assert main([]) == 1
    assert "mcp_config.json" in capsys.readouterr().err


async def test_all_servers_but_the_disabled_ones_are_written_where_the_config_says(
    tmp_path: Path,
) -> None:
    off = {"command": "no-such-command", "disabled": True}
    config = project(tmp_path, {"shop": [TOOL], "bank": [TOOL], "off": off})
    generation = await generate_wrappers(config)
    assert generation.failures == []
    assert sorted(generation.manifest()["servers"]) == ["bank", "shop"]
    assert (tmp_path / "src" / "servers" / "shop" / "get_item.py").exists()


async def test_only_the_servers_that_are_named_are_asked(tmp_path: Path) -> None:
    config = project(tmp_path, {"shop": [TOOL], "bank": {"command": "no-such-command"}})
    generation = await generate_wrappers(config, ["shop"], tmp_path / "elsewhere")
    assert generation.failures == []
    assert (tmp_path / "elsewhere" / "shop" / "get_item.py").exists()


async def test_a_server_that_fails_stops_no_other(tmp_path: Path) -> None:
    config = project(tmp_path, {"shop": [TOOL], "bank": {"command": "no-such-command"}})
    generation = await generate_wrappers(config)
    [failure] = generation.failures
    assert "bank" in failure
    assert list(generation.manifest()["servers"]) == ["shop"]


async def test_a_server_that_is_not_configured_is_an_error_with_near_matches(
    tmp_path: Path,
) -> None:
    generation = await generate_wrappers(project(tmp_path, {"shop": [TOOL]}), ["shpo"])
    [failure] = generation.failures
    assert "did you mean 'shop'?" in failure


async def test_a_malformed_tool_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tools = [TOOL, {"name": 5}, "tool", {"name": "no-type", "inputSchema": {"properties": {}}}]
    generation = await generate_wrappers(project(tmp_path, {"shop": tools}))
    assert list(generation.manifest()["servers"]["shop"]["tools"]) == ["get-item", "no-type"]
    assert "left out" in caplog.text


async def test_servers_are_asked_all_at_once(tmp_path: Path) -> None:
    """Each of five servers answers only when all five have been asked."""
    gate = str(tmp_path / "gate")
    everyone_asked = asyncio.Barrier(5)

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await everyone_asked.wait()
        writer.write(b"x")
        writer.close()

    (tmp_path / "tools.json").write_text(json.dumps([TOOL]))
    entry = {"command": sys.executable, "args": [str(LISTING), "tools.json", gate], "timeout": 20}
    config = project(tmp_path, {f"server{i}": entry for i in range(5)})
    async with await asyncio.start_unix_server(hold, gate):
        generation = await generate_wrappers(config)
    assert generation.failures == []
    assert len(generation.packages) == 5


async def test_a_config_that_is_missing_raises(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        await generate_wrappers(tmp_path / "mcp_config.json")


def test_the_command_says_on_stderr_what_came_of_each_server(tmp_path: Path) -> None:
    config = project(tmp_path, {"shop": [TOOL], "bank": {"command": "no-such-command"}})
    command = [sys.executable, "-m", "runtime.generate_wrappers", "--config", str(config), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert list(json.loads(ran.stdout)["servers"]) == ["shop"]
    assert "shop: 1 tool\n" in ran.stderr
    assert "bank: failed\n" in ran.stderr
    assert "[ERROR] " in ran.stderr


def test_quietly_it_says_nothing_but_errors(tmp_path: Path) -> None:
    config = project(tmp_path, {"shop": [TOOL]})
    command = [sys.executable, "-m", "runtime.generate_wrappers", "--config", str(config), "-q"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_on_a_terminal_there_is_a_display_that_moves(tmp_path: Path) -> None:
    import pty

    config = project(tmp_path, {"shop": [TOOL]})
    command = [sys.executable, "-m", "runtime.generate_wrappers", "--config", str(config)]
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        with open(theirs, "wb") as stderr:
            process = subprocess.Popen(command, stderr=stderr)
        shown = b""
        try:
            while piece := terminal.read(4096):
                shown += piece
        except OSError:  # the other side is closed
            pass
        assert process.wait() == 0
    assert b"shop: 1 tool" in shown
    assert b"\x1b[" in shown


def test_where_nothing_can_be_written_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    output = tmp_path / "file" / "servers"
    assert main(["--from-json", saved(tmp_path, "shop", TOOL), "--output", str(output)]) == 1
    assert f"cannot write to {output}: " in capsys.readouterr().err


def test_a_package_that_cannot_be_written_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(staging: Path, folder: Path) -> None:
        if folder.name == "bank":
            raise OSError(28, "No space left on device")
        staging.rename(folder)

    monkeypatch.setattr(_generate_replace, "_put_in_place", full)
    files = [saved(tmp_path, server, TOOL) for server in ("bank", "shop")]
    output = tmp_path / "servers"
    assert main(["--from-json", *files, "--output", str(output)]) == 1
    assert "server 'bank': cannot write" in capsys.readouterr().err
    assert (output / "shop" / "get_item.py").exists()
    assert sorted(path.name for path in output.iterdir()) == [
        "README.md",
        "__init__.py",
        "py.typed",
        "shop",
    ]


def test_saved_listings_go_where_the_config_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mcp_config.json").write_text('{"mcpServers": {}, "serversPath": "lib/servers"}')
    monkeypatch.chdir(tmp_path)
    assert main(["--from-json", saved(tmp_path, "shop", TOOL)]) == 0
    assert (tmp_path / "lib" / "servers" / "shop" / "get_item.py").exists()


def test_saved_listings_without_a_config_go_to_the_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MCP_CONFIG", raising=False)
    assert main(["--from-json", saved(tmp_path, "shop", TOOL)]) == 0
    assert (tmp_path / "src" / "servers" / "shop" / "get_item.py").exists()
    missing = str(tmp_path / "no.json")
    assert main(["--config", missing, "--from-json", saved(tmp_path, "shop", TOOL)]) == 1
