"""Dependencies point one way: what each module may import, read from its source.

A new module fails here until it has its place in `LAYERS`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "src" / "runtime"

LAYERS: dict[str, list[str]] = {
    # From the top; each imports from itself and from those below. Patterns name modules that
    # belong together.
    "commands": [
        *("harness", "generate_wrappers", "discover_schemas"),
        *("host.command", "host.service", "host.__main__"),
        *("_cli", "_console", "_script", "_interrupt", "_generate*", "_discover*"),
    ],
    "wrapper": ["tool", "_wrapper_*"],
    "service": ["mcp_client"],
    "edge": [
        *("_connection", "_loop", "_stdio", "_supervisor", "_stdio_session", "_rpc", "_lines"),
        *("_http", "_sdk_session", "_tap"),
        *("host", "host.address", "host.client", "host.wire"),
    ],
    "pure": [
        *("config", "normalize_fields", "schema_utils", "schema_inference"),
        *("_config_file", "_environment", "_jsonc", "_resolve", "_results", "_tools", "_protocol"),
        *("_naming", "_emit*", "_schema*", "_json_values"),
        *("_discovery_config", "_discovery_safety", "_discovery_proposal", "_discovered_module"),
    ],
    "ground": ["exceptions", "_paths", "_text", "__init__"],
}
COMMANDS = {"harness", "generate_wrappers", "discover_schemas", "host.command"}
SDK = {"mcp", "mcp_types", "httpx2", "anyio"}
SDK_IMPORTERS = {"_http", "_sdk_session", "_tap"}
OUTSIDE_WORLD = {
    *("aiofiles", "asyncio", "concurrent", "ctypes", "fcntl", "glob", "http", "multiprocessing"),
    *("select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess"),
    *("tempfile", "threading", "urllib.request"),
}

NAMES = sorted(
    ".".join(path.relative_to(RUNTIME).with_suffix("").parts).removesuffix(".__init__")
    for path in RUNTIME.rglob("*.py")
)


def layer_of(module: str) -> str | None:
    """The layer that names ``module``; a name comes before a pattern."""
    for exact in (True, False):
        for layer, patterns in LAYERS.items():
            for pattern in patterns:
                if module == pattern or (not exact and fnmatchcase(module, pattern)):
                    return layer
    return None


def imports_of(source: str, module: str, known: list[str]) -> Iterator[str]:
    """Every module that ``source`` imports, also inside functions and for type checkers; those of
    this package by their name in it."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _ours(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = [] if node.level == 0 else package[: len(package) - node.level + 1]
            origin = ".".join([*base, node.module or ""]).strip(".")
            if node.level == 0:
                origin = origin.removeprefix("runtime").removeprefix(".")
            for alias in node.names:
                inner = f"{origin}.{alias.name}".removeprefix(".")
                yield inner if inner in known else origin or "__init__"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__", "_imported")
        ):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield _ours(argument.value)


def _ours(name: str) -> str:
    return name.removeprefix("runtime.") if name != "runtime" else "__init__"


def _imports(module: str) -> set[str]:
    path = RUNTIME.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return set(imports_of(file.read_text(), module, NAMES))


def _tops(module: str) -> set[str]:
    return {name.partition(".")[0] for name in _imports(module)}


@pytest.mark.parametrize("module", NAMES)
def test_every_module_has_a_layer(module: str) -> None:
    assert (
        layer_of(module) is not None
    ), f"give {module} a place in LAYERS, and in the package's map"


@pytest.mark.parametrize("module", NAMES)
def test_a_module_imports_only_from_its_own_layer_and_those_below(module: str) -> None:
    order = list(LAYERS)
    own = order.index(layer_of(module) or "commands")
    upward = {
        name
        for name in _imports(module)
        if name in NAMES and order.index(layer_of(name) or "commands") < own
    }
    assert not upward


@pytest.mark.parametrize("module", NAMES)
def test_only_the_modules_for_http_import_the_sdk(module: str) -> None:
    if module not in SDK_IMPORTERS:
        assert not _tops(module) & SDK


@pytest.mark.parametrize("module", sorted(COMMANDS & set(NAMES)))
def test_commands_never_import_one_another(module: str) -> None:
    assert not _imports(module) & COMMANDS


@pytest.mark.parametrize("module", [name for name in NAMES if layer_of(name) == "pure"])
def test_pure_modules_have_no_way_to_the_network_the_disk_or_an_event_loop(module: str) -> None:
    imported = _imports(module)
    assert not {
        name
        for name in imported
        for bad in OUTSIDE_WORLD
        if name == bad or name.startswith(bad + ".")
    }
    path = RUNTIME.joinpath(*module.split(".")).with_suffix(".py")
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not {name for name in called if name == "open" or name.endswith((".read_text", ".open"))}


def test_the_supervisor_imports_nothing_of_this_package_and_nothing_to_install() -> None:
    import sys

    assert _tops("_supervisor") <= set(sys.stdlib_module_names)


def test_the_console_and_option_modules_serve_commands_alone() -> None:
    users = {name for name in NAMES if _imports(name) & {"_cli", "_console"}}
    assert {layer_of(name) for name in users} <= {"commands"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import mcp.client", {"mcp.client"}),
        ("def f():\n    from ._http import x", {"_http"}),
        ("from . import __version__", {"__init__"}),
        ("from . import _http", {"_http"}),
        ("from runtime import _http, x", {"_http", "__init__"}),
        ("from runtime._http import y", {"_http"}),
        ("importlib.import_module('runtime._http')", {"_http"}),
        ("if TYPE_CHECKING:\n    from mcp import Client", {"mcp"}),
    ],
)
def test_imports_are_found_wherever_they_are(source: str, found: set[str]) -> None:
    assert set(imports_of(source, "config", ["_http", "config"])) == found


def test_imports_inside_a_subpackage_are_found() -> None:
    source = "from .service import x\nfrom ..config import y\nfrom .. import _http"
    found = set(imports_of(source, "host.client", ["host.service", "_http"]))
    assert found == {"host.service", "config", "_http"}
