"""The real fetch server, end to end, on pages served on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runtime.exceptions import ToolExecutionError
from runtime.mcp_client import McpClientManager
from tests.project import Project


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = (
            b"<html><body><article><h1>News</h1><p>caf\xc3\xa9 is open.</p></article></body></html>"
        )
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def manager_of_fetch(
    project: Project, manager: McpClientManager, monkeypatch: pytest.MonkeyPatch
) -> McpClientManager:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    args = ["--allow-private-ips", "--ignore-robots-txt"]
    project.add_server("fetch", command="mcp-server-fetch", args=args)
    return manager


async def test_a_page_is_fetched(manager_of_fetch: McpClientManager, site: str) -> None:
    page = await manager_of_fetch.call_tool("fetch__fetch", {"url": f"{site}/page"})
    assert "café is open." in page


async def test_a_page_that_is_not_there_is_an_error_with_the_server_s_words(
    manager_of_fetch: McpClientManager, site: str
) -> None:
    with pytest.raises(ToolExecutionError, match="404"):
        await manager_of_fetch.call_tool("fetch__fetch", {"url": f"{site}/missing"})
