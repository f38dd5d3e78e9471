"""A page to fetch: the reference of a standard library module as HTML, served on the loopback."""

import argparse
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import ModuleType


def reference_of(module: ModuleType) -> str:
    """The docstrings of a module: its classes at level 2, their methods at level 3."""
    parts = [f"<h1>{module.__name__}</h1>", _paragraph(module)]
    for name, each in inspect.getmembers(module, inspect.isclass):
        if each.__module__ != module.__name__:
            continue
        parts += [f'<h2 id="{name}">{name}</h2>', _paragraph(each)]
        for method, function in inspect.getmembers(each, inspect.isfunction):
            title = escape(f"{method}{inspect.signature(function)}")
            parts += [f'<h3 id="{name}.{method}">{title}</h3>', _paragraph(function)]
    body = "\n".join(parts)
    return (
        f"<!doctype html>\n<html><head><title>{module.__name__}</title></head>\n{body}\n</html>\n"
    )


def _paragraph(documented: object) -> str:
    return f"<pre>{escape(inspect.getdoc(documented) or '')}</pre>"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(reference_of(argparse).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def served_page() -> Iterator[str]:
    """The URL of the page, which is served meanwhile."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/argparse.html"
        finally:
            server.shutdown()
            thread.join()
