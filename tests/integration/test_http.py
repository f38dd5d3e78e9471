"""Servers of the SDK over streamable HTTP and over legacy SSE."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.exceptions import (
    ServerConnectionError,
    ToolExecutionError,
    ToolNotFoundError,
)
from tests.integration.http_fixtures import managing
from tests.servers.http_gate import (
    Gate,
    Seen,
    empty_stream,
    hung_up,
    serving,
    status,
    torn_refusal,
    torn_stream,
    when,
)
from tests.servers.http_real import PATHS, RealServer

TRANSPORTS = ["http", "sse"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def real() -> RealServer:
    return RealServer()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gate(real: RealServer, transport: str) -> Iterator[Gate]:
    with serving(real.app(transport)) as gate:
        gate.url += PATHS[transport]
        yield gate


@pytest.fixture
def http_gate(real: RealServer) -> Iterator[Gate]:
    with serving(real.app("http")) as gate:
        gate.url += PATHS["http"]
        yield gate


async def _set(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, 10)


async def test_a_call_is_answered_and_several_share_one_session(gate: Gate, tmp_path: Path) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        answers = await asyncio.gather(
            *(manager.call_tool("web__echo", {"text": str(i)}) for i in range(5))
        )
    assert answers == ["0", "1", "2", "3", "4"]
    assert len(gate.of("initialize")) == 1


async def test_the_headers_of_the_config_are_on_every_request(gate: Gate, tmp_path: Path) -> None:
    headers = {"Authorization": "Bearer s3cret-token", "X-Extra": "yes"}
    async with managing(tmp_path, url=gate.url, headers=headers) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        await manager.list_all_tools()
    sent = {(seen.headers.get("authorization"), seen.headers.get("x-extra")) for seen in gate.seen}
    assert sent == {("Bearer s3cret-token", "yes")}
    assert {"GET", "POST"} <= {seen.method for seen in gate.seen}


async def test_the_tools_error_comes_with_its_words(gate: Gate, tmp_path: Path) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        with pytest.raises(ToolExecutionError, match="sad words") as caught:
            await manager.call_tool("web__fail", {"words": "sad words"})
        assert caught.value.content[0]["type"] == "text"
        assert await manager.call_tool("web__echo", {"text": "x"}) == "x"


async def test_an_unknown_tool_is_told_with_a_near_one(gate: Gate, tmp_path: Path) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        with pytest.raises(ToolNotFoundError, match="did you mean 'echo'"):
            await manager.call_tool("web__ecko", {})
    assert not gate.of("tools/call")


async def test_an_event_of_3_mb_arrives_over_streamable_http(
    http_gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=http_gate.url) as manager:
        answer = await manager.call_tool("web__big", {"size": 3_000_000})
    assert answer == "x" * 3_000_000


async def test_an_event_over_1_mib_over_legacy_sse_is_told_and_the_next_call_reconnects(
    real: RealServer, tmp_path: Path
) -> None:
    with serving(real.app("sse")) as gate:
        async with managing(tmp_path, url=gate.url + "/sse") as manager:
            with pytest.raises(ServerConnectionError, match="event") as caught:
                await manager.call_tool("web__big", {"size": 1_100_000})
            assert "'web'" in str(caught.value)
            assert await manager.call_tool("web__echo", {"text": "x"}) == "x"


async def test_a_server_that_answers_in_json_is_understood(
    real: RealServer, tmp_path: Path
) -> None:
    with serving(real.app("http", json_response=True)) as gate:
        async with managing(tmp_path, url=gate.url + "/mcp") as manager:
            assert await manager.call_tool("web__echo", {"text": "x"}) == "x"


async def test_a_server_without_sessions_is_understood(real: RealServer, tmp_path: Path) -> None:
    with serving(real.app("http", stateless_http=True)) as gate:
        async with managing(tmp_path, url=gate.url + "/mcp") as manager:
            assert await manager.call_tool("web__echo", {"text": "x"}) == "x"
        assert "mcp-session-id" not in gate.of("tools/call")[0].headers


async def test_a_redirect_within_the_server_is_followed(http_gate: Gate, tmp_path: Path) -> None:
    def rule(seen: Seen) -> object:
        return status(307, location="/mcp") if seen.path == "/old" else None

    http_gate.rule = rule  # type: ignore[assignment]
    url = http_gate.url.replace("/mcp", "/old")
    async with managing(tmp_path, url=url) as manager:
        assert await manager.call_tool("web__echo", {"text": "x"}) == "x"


async def test_more_calls_than_a_pool_of_sockets_holds_are_under_way_at_once(
    http_gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=http_gate.url, timeout=30) as manager:
        calls = (manager.call_tool("web__gather", {"size": 120}) for _ in range(120))
        assert await asyncio.gather(*calls) == ["here"] * 120
    assert len(http_gate.of("initialize")) == 1


# Statuses.

REASONS = {401: "Unauthorized", 403: "Forbidden", 500: "Internal Server Error"}


@pytest.mark.parametrize("code", REASONS)
async def test_a_refusal_at_connect_is_told_with_status_reason_and_body(
    gate: Gate, tmp_path: Path, code: int
) -> None:
    gate.rule = lambda _: status(code, "we do not like token-value")
    headers = {"Authorization": "Bearer token-value"}
    async with managing(tmp_path, url=gate.url, headers=headers) as manager:
        with pytest.raises(ServerConnectionError) as caught:
            await manager.call_tool("web__echo", {"text": "x"})
    message = str(caught.value)
    assert message.startswith("cannot connect to server 'web': ")
    assert f"HTTP {code} {REASONS[code]}: we do not like ***" in message
    assert ('check the server\'s "headers"' in message) == (code != 500)
    assert "token-value" not in message


@pytest.mark.parametrize("code", REASONS)
async def test_a_refusal_of_a_call_is_told_with_status_reason_and_body(
    gate: Gate, tmp_path: Path, code: int
) -> None:
    headers = {"Authorization": "Bearer token-value"}
    async with managing(tmp_path, url=gate.url, headers=headers) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        gate.rule = when("tools/call", status(code, "we do not like token-value"))
        with pytest.raises(ServerConnectionError) as caught:
            await manager.call_tool("web__echo", {"text": "x"})
        message = str(caught.value)
        assert f"HTTP {code} {REASONS[code]}: we do not like ***" in message
        assert "token-value" not in message
        gate.rule = lambda _: None
        assert await manager.call_tool("web__echo", {"text": "again"}) == "again"


async def test_a_secret_at_the_end_of_what_is_shown_of_a_body_is_not_shown_in_part(
    http_gate: Gate, tmp_path: Path
) -> None:
    secret = "token-" + "value" * 20
    http_gate.rule = lambda _: status(500, "x" * 1950 + secret)
    async with managing(tmp_path, url=http_gate.url, headers={"Key": secret}) as manager:
        with pytest.raises(ServerConnectionError) as caught:
            await manager.call_tool("web__echo", {"text": "x"})
    assert "token" not in str(caught.value)


async def test_a_session_that_has_ended_fails_the_call_clearly_and_the_next_starts_a_new_one(
    http_gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=http_gate.url) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        http_gate.rule = when("tools/call", status(404, "no such session"), times=1)
        with pytest.raises(
            ServerConnectionError, match="HTTP 404 Not Found: the session has ended; the next call"
        ):
            await manager.call_tool("web__echo", {"text": "x"})
        assert await manager.call_tool("web__echo", {"text": "again"}) == "again"
    calls = http_gate.of("tools/call")
    assert len(calls) == 3
    assert calls[0].headers["mcp-session-id"] == calls[1].headers["mcp-session-id"]
    assert calls[2].headers["mcp-session-id"] != calls[1].headers["mcp-session-id"]


async def test_a_server_that_has_no_stream_of_its_own_keeps_its_session(
    http_gate: Gate, tmp_path: Path
) -> None:
    asked = threading.Event()

    def no_stream(seen: Seen) -> object:
        if seen.method != "GET":
            return None
        asked.set()
        return status(404, "Cannot GET /mcp")

    http_gate.rule = no_stream  # type: ignore[assignment]
    async with managing(tmp_path, url=http_gate.url) as manager:
        await manager.list_tools("web")
        assert await _set(asked)
        for _ in range(3):
            assert await manager.call_tool("web__echo", {"text": "x"}) == "x"
    assert len(http_gate.of("initialize")) == 1


async def test_a_refused_legacy_sse_stream_is_told_without_its_url(
    real: RealServer, tmp_path: Path
) -> None:
    with serving(real.app("sse")) as gate:
        gate.rule = lambda _: status(401)
        async with managing(tmp_path, url=gate.url + "/sse?key=literal-secret") as manager:
            with pytest.raises(ServerConnectionError, match="HTTP 401 Unauthorized") as caught:
                await manager.list_tools("web")
    assert "literal-secret" not in str(caught.value)


# Lost in the middle.


@pytest.mark.parametrize("answer", [torn_stream, empty_stream, torn_refusal])
async def test_a_stream_dropped_in_the_middle_of_a_call_fails_it_and_the_next_is_answered(
    http_gate: Gate, tmp_path: Path, answer: object
) -> None:
    async with managing(tmp_path, url=http_gate.url) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        http_gate.rule = when("tools/call", answer, times=1)  # type: ignore[arg-type]
        with pytest.raises(ServerConnectionError, match="may have had its effect"):
            await manager.call_tool("web__echo", {"text": "x"})
        assert await manager.call_tool("web__echo", {"text": "again"}) == "again"
    assert len(http_gate.of("tools/call")) == 3


async def test_a_stream_dropped_in_the_middle_of_a_call_leaves_the_other_calls_alone(
    real: RealServer, http_gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=http_gate.url) as manager:
        other = asyncio.create_task(manager.call_tool("web__wait", {}))
        assert await _set(real.waiting)
        http_gate.rule = when("tools/call", torn_stream, times=1)
        with pytest.raises(ServerConnectionError):
            await manager.call_tool("web__echo", {"text": "x"})
        assert await manager.call_tool("web__echo", {"text": "again"}) == "again"
        assert not other.done()
        assert not real.cancelled.is_set()
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


async def test_a_socket_dropped_without_a_word_fails_the_call_at_once_and_the_next_is_answered(
    gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        gate.rule = when("tools/call", hung_up, times=1)
        with pytest.raises(ServerConnectionError, match="may have had its effect"):
            await asyncio.wait_for(manager.call_tool("web__echo", {"text": "x"}), 30)
        assert await manager.call_tool("web__echo", {"text": "again"}) == "again"
    assert len(gate.of("tools/call")) == 3


@contextmanager
def _process(transport: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "tests.servers.http_real", str(port), transport]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


async def test_a_killed_server_fails_the_call_at_once_and_the_next_finds_it_back(
    transport: str, tmp_path: Path
) -> None:
    with _process(transport) as (process, port):
        url = f"http://127.0.0.1:{port}{PATHS[transport]}"
        async with managing(tmp_path, url=url, timeout=60) as manager:
            first = await manager.call_tool("web__pid", {})
            assert first == process.pid or first == str(process.pid)
            call = asyncio.create_task(manager.call_tool("web__wait", {}))
            await manager.call_tool("web__echo", {"text": "the other one is under way"})
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            with pytest.raises(
                ServerConnectionError, match=r"server 'web'.*may have had its effect"
            ):
                await asyncio.wait_for(call, 20)
            with pytest.raises(ServerConnectionError, match="server 'web'"):
                await manager.call_tool("web__pid", {})
            with _process(transport, port) as (successor, _):
                assert int(await manager.call_tool("web__pid", {})) == successor.pid


async def test_a_server_restarted_between_two_calls_costs_at_most_one_clear_failure(
    transport: str, tmp_path: Path
) -> None:
    with serving(RealServer().app(transport)) as gate:
        url = gate.url + PATHS[transport]
        async with managing(tmp_path, url=url) as manager:
            await manager.call_tool("web__echo", {"text": "x"})
            gate.stop()
            with serving(RealServer().app(transport), gate.port) as successor:
                try:
                    answer = await manager.call_tool("web__echo", {"text": "x"})
                except ServerConnectionError:
                    answer = await manager.call_tool("web__echo", {"text": "x"})
                assert answer == "x"
                assert successor.of("tools/call")
                await manager.cleanup()


async def test_a_refused_connection_is_told_with_the_server(transport: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    async with managing(tmp_path, url=f"http://127.0.0.1:{port}{PATHS[transport]}") as manager:
        with pytest.raises(
            ServerConnectionError, match="cannot connect to server 'web': ConnectError: "
        ):
            await manager.call_tool("web__echo", {"text": "x"})


# Given up.


async def test_a_call_that_takes_too_long_is_cancelled_and_the_connection_stays(
    real: RealServer, gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=gate.url, timeout=1.5) as manager:
        with pytest.raises(ServerConnectionError, match=r"'wait' did not answer within 1\.5 s"):
            await manager.call_tool("web__wait", {})
        assert await _set(real.cancelled)
        assert await manager.call_tool("web__echo", {"text": "x"}) == "x"
    assert len(gate.of("initialize")) == 1


async def test_a_cancelled_call_reaches_the_server_as_one_and_the_connection_stays(
    real: RealServer, gate: Gate, tmp_path: Path
) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        call = asyncio.create_task(manager.call_tool("web__wait", {}))
        assert await _set(real.waiting)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await _set(real.cancelled)
        assert await manager.call_tool("web__echo", {"text": "x"}) == "x"
    assert len(gate.of("initialize")) == 1
    assert len(gate.of("notifications/cancelled")) == 1


# The end.


async def test_closing_ends_the_session_at_the_server(http_gate: Gate, tmp_path: Path) -> None:
    async with managing(tmp_path, url=http_gate.url) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        session = http_gate.of("tools/call")[0].headers["mcp-session-id"]
    ends = [seen.headers["mcp-session-id"] for seen in http_gate.seen if seen.method == "DELETE"]
    assert ends == [session]


async def test_closing_does_not_wait_for_a_server_that_is_gone(gate: Gate, tmp_path: Path) -> None:
    async with managing(tmp_path, url=gate.url) as manager:
        await manager.call_tool("web__echo", {"text": "x"})
        gate.stop()
        await asyncio.wait_for(manager.cleanup(), 10)


async def test_closing_does_not_wait_for_a_server_that_does_not_answer(
    http_gate: Gate, tmp_path: Path
) -> None:
    asked = threading.Event()
    release = threading.Event()

    async def silent(scope: object, receive: object, send: object) -> None:
        asked.set()
        await asyncio.to_thread(release.wait, 30)

    http_gate.rule = lambda seen: silent if seen.method == "DELETE" else None
    try:
        async with managing(tmp_path, url=http_gate.url) as manager:
            await manager.call_tool("web__echo", {"text": "x"})
            await asyncio.wait_for(manager.cleanup(), 20)
            assert asked.is_set()
    finally:
        release.set()
