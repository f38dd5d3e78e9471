"""``mcp-exec`` with a server over HTTP: what the user sees, and that nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.http_gate import Gate, serving, status, when
from tests.servers.http_real import PATHS, RealServer


def _run(folder: Path, gate: Gate, transport: str, code: str) -> tuple[int, str, str]:
    config = folder / "mcp_config.json"
    entry = {"url": gate.url + PATHS[transport], "headers": {"Authorization": "Bearer token-value"}}
    config.write_text(json.dumps({"mcpServers": {"web": entry}}))
    done = subprocess.run(
        [sys.executable, "-m", "runtime.harness", "--config", str(config), "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


CALL = """
from runtime.mcp_client import call_mcp_tool
print(await call_mcp_tool("web__echo", {"text": "hello"}))
"""


@pytest.mark.parametrize("transport", PATHS)
def test_a_script_prints_its_answer_and_nothing_else(tmp_path: Path, transport: str) -> None:
    with serving(RealServer().app(transport)) as gate:
        assert _run(tmp_path, gate, transport, CALL) == (0, "hello\n", "")


def test_the_session_is_ended_at_exit(tmp_path: Path) -> None:
    with serving(RealServer().app("http")) as gate:
        assert _run(tmp_path, gate, "http", CALL)[0] == 0
        assert [seen.method for seen in gate.seen].count("DELETE") == 1


@pytest.mark.parametrize("rpc", ["initialize", "tools/call"])
@pytest.mark.parametrize("transport", PATHS)
def test_a_refusal_shows_the_scripts_line_and_our_message_and_no_secret(
    tmp_path: Path, transport: str, rpc: str
) -> None:
    with serving(RealServer().app(transport)) as gate:
        gate.rule = when(rpc, status(401, "token-value has expired"))
        code, out, err = _run(tmp_path, gate, transport, CALL)
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert [line for line in lines if line.startswith("  File ")] == [
        '  File "<string>", line 3, in <module>'
    ]
    assert lines[-1].startswith("runtime.exceptions.ServerConnectionError: ")
    assert "HTTP 401 Unauthorized: *** has expired" in lines[-1]
    assert "token-value" not in err
