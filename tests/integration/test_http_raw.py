"""Servers over HTTP that keep to the protocol less well, or to another edition of it."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from runtime.exceptions import (
    SchemaValidationError,
    ServerConnectionError,
    ToolExecutionError,
)
from tests.integration.http_fixtures import managing
from tests.servers.http_gate import (
    INITIALIZED,
    TOOL,
    RawServer,
    hung_up,
    rpc_error,
    serving,
    status,
    when,
)

DISCOVERED = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "modern", "version": "1"},
    "resultType": "complete",
    "ttlMs": 0,
    "cacheScope": "private",
}


def _refused(code: int, rpc_code: int, words: str = "no") -> ASGIApp:
    """A JSON-RPC error with a status; it answers whatever was asked."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        request_id = json.loads((await receive())["body"])["id"]
        await JSONResponse(rpc_error(request_id, rpc_code, words), code)(scope, receive, send)

    return answer


async def test_a_malformed_tool_is_left_out_with_a_warning_and_the_good_ones_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tools = [{"name": 5}, TOOL, "no tool", {"name": "two", "inputSchema": "x"}]
    with serving(RawServer(tools_list={"tools": tools})) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            assert [tool["name"] for tool in await manager.list_tools("web")] == ["one"]
            assert await manager.call_tool("web__one", {}) == "done"
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len([record for record in warnings if "left out" in record.getMessage()]) == 3


async def test_an_unknown_content_block_is_handed_on_as_it_came(tmp_path: Path) -> None:
    content = [{"type": "hologram", "x": 1}, {"type": "text", "text": "words"}, {"no": "type"}]
    with serving(RawServer(tools_call={"content": content})) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            assert await manager.call_tool("web__one", {}) == content


async def test_an_answer_that_does_not_fit_its_schema_is_an_error_that_holds_it(
    tmp_path: Path,
) -> None:
    tool = {**TOOL, "outputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}}}
    answer = {"content": [], "structuredContent": {"n": "x"}}
    with serving(RawServer(tools_list={"tools": [tool]}, tools_call=answer)) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(SchemaValidationError, match=r"\$\.n") as caught:
                await manager.call_tool("web__one", {})
    assert caught.value.value == {"n": "x"}


async def test_field_names_are_normalized_as_the_config_says(tmp_path: Path) -> None:
    answer = {"content": [], "structuredContent": {"items": [{"system.id": 1}]}}
    with serving(RawServer(tools_call=answer)) as gate:
        async with managing(tmp_path, url=gate.url, normalization="ado-pascal-case") as manager:
            assert await manager.call_tool("web__one", {}) == {"items": [{"System.id": 1}]}
        async with managing(tmp_path, url=gate.url) as manager:
            assert await manager.call_tool("web__one", {}) == {"items": [{"system.id": 1}]}


@pytest.mark.parametrize("code", [200, 400])
async def test_a_json_rpc_error_is_a_tool_error_with_its_code_and_words(
    tmp_path: Path, code: int
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", _refused(code, -32602, "x must be a number"))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(
                ToolExecutionError, match=r"x must be a number \(code -32602\)"
            ) as e:
                await manager.call_tool("web__one", {})
    assert (e.value.code, e.value.content) == (-32602, [])


@pytest.mark.parametrize("code", [401, 404, 503])
async def test_a_json_rpc_error_with_the_status_of_a_refusal_is_a_connection_error(
    tmp_path: Path, code: int
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", _refused(code, -32000, "not for you"))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ServerConnectionError, match=f"HTTP {code} "):
                await manager.call_tool("web__one", {})


async def test_a_method_that_is_not_known_spelled_as_404_is_no_end_of_the_session(
    tmp_path: Path,
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", _refused(404, -32601, "Method not found"), times=1)
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ToolExecutionError, match="Method not found"):
                await manager.call_tool("web__one", {})
            assert await manager.call_tool("web__one", {}) == "done"
        assert len(gate.of("initialize")) == 1


@pytest.mark.parametrize(
    "refusal", [_refused(404, -32601), _refused(400, -32022), _refused(200, -32601), status(400)]
)
async def test_a_server_that_refuses_initialize_is_asked_by_discover(
    tmp_path: Path, refusal: ASGIApp
) -> None:
    listing = {"tools": [TOOL], "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    answer = {"content": [{"type": "text", "text": "modern"}], "resultType": "complete"}
    server = RawServer(server_discover=DISCOVERED, tools_list=listing, tools_call=answer)
    with serving(server) as gate:
        gate.rule = when("initialize", refusal)
        async with managing(tmp_path, url=gate.url) as manager:
            assert await manager.call_tool("web__one", {}) == "modern"
    assert gate.of("tools/call")[0].headers["mcp-protocol-version"] == "2026-07-28"


async def test_a_server_that_refuses_initialize_and_discover_is_told_by_its_first_words(
    tmp_path: Path,
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("initialize", _refused(200, -32602, "only on Sundays"))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(
                ServerConnectionError, match="it refused initialize: only on Sundays"
            ):
                await manager.call_tool("web__one", {})
    assert len(gate.of("server/discover")) == 1


@pytest.mark.parametrize(
    "body", ['{"error": "plain words"}', '{"error": {"code": "x"}}', '["words"]', "{", "[" * 9999]
)
async def test_an_error_in_json_that_is_no_json_rpc_is_told_by_its_body(
    tmp_path: Path, body: str
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", Response(body, 422, media_type="application/json"))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ServerConnectionError) as caught:
                await manager.call_tool("web__one", {})
    assert f"HTTP 422 Unprocessable Entity: {body[:2000]}" in str(caught.value)


async def test_a_tool_that_asks_for_input_is_an_error_that_says_so(tmp_path: Path) -> None:
    answer = {
        "resultType": "input_required",
        "inputRequests": {"a": {"method": "elicitation/create"}},
    }
    with serving(RawServer(tools_call=answer)) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ToolExecutionError, match="asks for input"):
                await manager.call_tool("web__one", {})


async def test_a_wrong_path_is_told_with_its_status(tmp_path: Path) -> None:
    with serving(RawServer()) as gate:
        gate.rule = lambda _: status(404, "nothing here")
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ServerConnectionError, match="HTTP 404 Not Found: nothing here"):
                await manager.call_tool("web__one", {})
    assert not gate.of("server/discover")


@pytest.mark.parametrize("rpc", ["initialize", "tools/call"])
async def test_a_page_of_a_web_site_is_told_to_be_no_mcp_server(tmp_path: Path, rpc: str) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when(rpc, Response("<html>", media_type="text/html"))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(
                ServerConnectionError, match=r"HTTP 200 OK: it answers with 'text/html"
            ):
                await manager.call_tool("web__one", {})


@pytest.mark.parametrize("rpc", ["initialize", "tools/call"])
async def test_a_redirect_to_elsewhere_is_not_followed_and_told_without_secrets(
    tmp_path: Path, rpc: str
) -> None:
    elsewhere = "http://user:pass@other.invalid/mcp?key=secret"
    with serving(RawServer()) as gate:
        gate.rule = when(rpc, status(307, location=elsewhere))
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(
                ServerConnectionError, match=r"it redirects to http://other[.]invalid/mcp;"
            ) as caught:
                await manager.call_tool("web__one", {})
    assert "pass" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ('{"jsonrpc": "2.0", "id": 2, "result": 5}', "application/json"),
        ("event: message\ndata: {\n\n", "text/event-stream"),
    ],
)
async def test_an_answer_that_is_no_message_fails_the_call_at_once(
    tmp_path: Path, body: str, kind: str
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", Response(body, media_type=kind), times=1)
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ServerConnectionError, match="answer of the wrong shape"):
                await asyncio.wait_for(manager.call_tool("web__one", {}), 30)
            assert await manager.call_tool("web__one", {}) == "done"


async def test_a_socket_dropped_without_a_word_fails_the_call_and_the_next_reconnects(
    tmp_path: Path,
) -> None:
    with serving(RawServer()) as gate:
        gate.rule = when("tools/call", hung_up, times=1)
        async with managing(tmp_path, url=gate.url) as manager:
            with pytest.raises(ServerConnectionError, match="may have had its effect"):
                await asyncio.wait_for(manager.call_tool("web__one", {}), 30)
            assert await manager.call_tool("web__one", {}) == "done"
    assert len(gate.of("tools/call")) == 2


async def test_a_server_that_never_answers_initialize_is_given_up_after_the_connect_timeout(
    tmp_path: Path,
) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()

    with serving(RawServer()) as gate:
        gate.rule = when("initialize", silent)
        async with managing(tmp_path, url=gate.url, connectTimeout=0.5) as manager:
            with pytest.raises(
                ServerConnectionError, match=r"no answer to initialize within 0\.5 s"
            ):
                await manager.call_tool("web__one", {})


async def test_every_page_of_tools_is_listed(tmp_path: Path) -> None:
    class Paged(RawServer):
        pages = 0

        async def _response(self, scope: Any, receive: Any) -> ASGIApp:
            pages = [("a", ""), ("b", "2"), ("c", None)]
            name, cursor = pages[self.pages % 3]
            self.results["tools/list"] = {"tools": [{**TOOL, "name": name}], "nextCursor": cursor}
            if scope["method"] == "POST" and gate.seen[-1].rpc == "tools/list":
                self.pages += 1
            return await super()._response(scope, receive)

    with serving(Paged()) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            assert [tool["name"] for tool in await manager.list_tools("web")] == ["a", "b", "c"]
    cursors = [seen.message.get("params", {}).get("cursor") for seen in gate.of("tools/list")]
    assert cursors == [None, "", "2"]


async def test_an_older_protocol_is_spoken_with_a_server_that_knows_no_other(
    tmp_path: Path,
) -> None:
    older = {**INITIALIZED, "protocolVersion": "2024-11-05"}
    with serving(RawServer(initialize=older)) as gate:
        async with managing(tmp_path, url=gate.url) as manager:
            assert await manager.call_tool("web__one", {}) == "done"
    assert gate.of("tools/call")[0].headers["mcp-protocol-version"] == "2024-11-05"
