"""The script's side of a host, against hosts that are not what they should be."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.exceptions import McpExecutionError, ServerConnectionError
from runtime.host import client as client_module
from runtime.host.address import HostAddress, host_folder
from runtime.host.client import HostClient, start_host

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def address() -> Iterator[HostAddress]:
    with tempfile.TemporaryDirectory(prefix="mcp-") as folder:
        yield HostAddress(Path(folder), "0123456789abcdef")


@asynccontextmanager
async def host(address: HostAddress, handler: Handler) -> AsyncIterator[None]:
    """Something that listens where a host should; it has ended with its script's connection."""
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.close()
        await writer.wait_closed()
        over.set()

    async with await asyncio.start_unix_server(handle, str(address.socket)):
        yield
        await over.wait()


async def request(reader: asyncio.StreamReader) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await reader.readline())
    return message


def say(writer: asyncio.StreamWriter, **message: Any) -> None:
    writer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    hello = await request(reader)
    say(writer, id=hello["id"], result={"pid": 1, "version": "x"})


async def connected(address: HostAddress) -> HostClient:
    client = await HostClient.connect(address)
    assert client is not None
    return client


async def test_where_nothing_listens_there_is_no_host(address: HostAddress) -> None:
    assert await HostClient.connect(address) is None


async def test_a_host_that_leaves_during_the_greeting_is_none(address: HostAddress) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)

    async with host(address, leave):
        assert await HostClient.connect(address) is None


async def test_a_host_that_does_not_answer_is_told(
    address: HostAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUT", 0.05)

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with host(address, stall):
        with pytest.raises(ServerConnectionError, match="mcp-host stop"):
            await HostClient.connect(address)


async def test_a_host_that_stops_answering_fails_the_requests_that_wait(
    address: HostAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUT", 0.05)
    monkeypatch.setattr(client_module, "_PING_AFTER", 0.01)

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.read()

    async with host(address, stall):
        client = await connected(address)
        with pytest.raises(ServerConnectionError, match="was lost during the call"):
            await client.request("call")
        assert not client.alive


async def test_a_host_at_work_is_asked_and_waited_for(
    address: HostAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_PING_AFTER", 0.01)

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        call, ping = await request(reader), await request(reader)
        assert ping["method"] == "ping"
        say(writer, id=ping["id"], result={})
        say(writer, id=call["id"], result={"value": 5})

    async with host(address, work):
        client = await connected(address)
        assert await client.request("call") == 5
        client.close()


async def test_a_leaving_host_finishes_what_is_under_way_and_gets_no_more(
    address: HostAddress,
) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        call = await request(reader)
        say(writer, method="leaving")
        say(writer, method="something else")
        say(writer, id=call["id"], result={"value": "done"})
        assert await reader.read() == b""

    async with host(address, leave):
        client = await connected(address)
        assert await client.request("call") == "done"
        assert not client.alive


async def test_an_error_that_is_none_of_ours_is_told(address: HostAddress) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        call = await request(reader)
        say(writer, id=call["id"], error={"code": -32601, "message": "no such method"})

    async with host(address, refuse):
        client = await connected(address)
        with pytest.raises(McpExecutionError, match="no such method"):
            await client.request("call")
        client.close()


async def test_a_host_that_cannot_start_is_told_with_its_last_words(
    address: HostAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"XDG_RUNTIME_DIR": str(address.folder)}
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(address.folder))
    address = HostAddress(host_folder(environ), address.key)
    with pytest.raises(ServerConnectionError, match=r"did not start: .*nowhere\.json"):
        await start_host(address, Path("/nowhere.json"), 5)


async def test_a_host_that_never_comes_up_is_given_up(
    address: HostAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "START_TIMEOUT", 0.05)
    monkeypatch.setattr(client_module, "_spawn", lambda *_: 2**30)
    with pytest.raises(ServerConnectionError, match=r"within 0\.05 s: it left no log"):
        await start_host(address, Path("/nowhere.json"), 5)
