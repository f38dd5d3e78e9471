"""``mcp-generate``: typed Python functions for the tools of MCP servers.

Exit codes: 0 all written (with ``--check``: all up to date); 1 some server or tool failed (the
others are written), or with ``--check`` something is stale; 2 wrong usage; 130 SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._cli import add_common_options
from ._console import configure_logging
from ._emit_module import render_tool_module
from ._emit_package import Package, Tool, package_names, render_package, tool_names
from ._emit_readme import count_of
from ._generate_folder import update_folder
from ._generate_progress import Progress, Silence, progress_display
from ._paths import DEFAULT_SERVERS_PATH, find_config
from ._text import printable, quoted
from ._tools import Listing
from .config import ServerConfig
from .exceptions import ConfigurationError, McpExecutionError
from .mcp_client import McpClientManager, get_mcp_client_manager

logger = logging.getLogger("runtime.generate_wrappers")  # also under python -m


@dataclass
class Generation:
    """What one run wrote, or would write."""

    output: Path
    packages: list[Package]
    changed: list[str]
    """The packages, and files beside them, that were not up to date."""
    failures: list[str]
    """What failed and why, one line per server or tool."""

    def manifest(self) -> dict[str, Any]:
        """Where everything is now, as ``--json`` prints it."""
        return {"servers": {package.server: package.manifest() for package in self.packages}}


def generate_tool_wrapper(server_name: str, tool_name: str, tool: Tool) -> str:
    """The source of the module of one tool, given as on the wire (``inputSchema``, ...)."""
    names = tool_names([tool_name])[tool_name]
    return render_tool_module(server_name, {**tool, "name": tool_name}, names).source


async def generate_wrappers(
    config_path: str | Path | None = None,
    servers: Sequence[str] = (),
    output: str | Path | None = None,
    *,
    check: bool = False,
    progress: Progress | None = None,
) -> Generation:
    """Asks the configured servers for their tools, all at once, and writes their wrappers.

    Args:
        config_path: the config file; None to look for it, see `McpClientManager.initialize`.
        servers: the servers to ask; all that are not disabled when empty.
        output: the folder of wrappers; the one that the config names when None.
        check: only find out what is not up to date, and write nothing.
        progress: is told which servers are asked, and what came of each.

    Raises:
        ConfigurationError: there is no config file, or it is malformed.
    """
    manager = get_mcp_client_manager()
    await manager.initialize(config_path)
    configured = _configured(manager)
    enabled = [server for server, each in configured.items() if not each.disabled]
    asked = list(dict.fromkeys(servers)) or enabled
    shown = progress or Silence()
    answers = await asyncio.gather(*(_ask(manager, server, shown) for server in asked))
    pairs = zip(asked, answers, strict=True)
    listings = {server: each for server, each in pairs if isinstance(each, list)}
    generation = _write(listings, configured, Path(output or manager.servers_dir), check=check)
    generation.failures[:0] = [str(each) for each in answers if not isinstance(each, list)]
    return generation


def _configured(manager: McpClientManager) -> Mapping[str, ServerConfig]:
    return manager._config.servers if manager._config is not None else {}


async def _ask(
    manager: McpClientManager, server: str, progress: Progress
) -> list[Tool] | McpExecutionError:
    progress.begin(server)
    try:
        tools = await manager.list_tools(server)
    except McpExecutionError as e:
        progress.end(server, "failed")
        return e
    progress.end(server, count_of(len(tools)))
    return [*tools]


def _write(
    listings: Mapping[str, list[Tool]], servers: Iterable[str], output: Path, *, check: bool
) -> Generation:
    """Writes the packages of ``listings``, with names that leave all ``servers`` theirs."""
    names = package_names([*servers, *listings])
    packages = [render_package(server, names[server], each) for server, each in listings.items()]
    try:
        outcome = update_folder(output, packages, write=not check)
    except OSError as e:
        raise ConfigurationError(f"cannot write to {output}: {e.strerror}") from e
    written = [package for package in packages if package.server not in outcome.failures]
    failures = [f"server {quoted(name)}: {why}" for name, why in outcome.failures.items()]
    failures += [
        f"server {quoted(package.server)}, tool {quoted(tool)}: {why}"
        for package in written
        for tool, why in package.failures.items()
    ]
    return Generation(output, written, outcome.changed, failures)


def _generate_from_files(options: argparse.Namespace) -> Generation:
    listings: dict[str, list[Tool]] = {}
    failures = []
    for path in options.from_json:
        try:
            server, tools = _read_listing(Path(path))
        except ConfigurationError as e:
            failures.append(str(e))
            continue
        if server in listings:
            failures.append(f"{path} lists server {quoted(server)} a second time")
        listings.setdefault(server, tools)
    output = Path(options.output) if options.output else _default_output(options.config)
    generation = _write(listings, (), output, check=options.check)
    generation.failures[:0] = failures
    return generation


def _default_output(config: str | None) -> Path:
    """The folder that the config names, or the usual one where there is no config."""
    try:
        path = find_config(config)
    except ConfigurationError:
        if config is not None:
            raise
        return Path(DEFAULT_SERVERS_PATH)
    manager = get_mcp_client_manager()
    manager.initialize_sync(path)
    return manager.servers_dir


def _read_listing(path: Path) -> tuple[str, list[Tool]]:
    """A saved answer to ``tools/list``: the server's name and its tools."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise ConfigurationError(f"cannot read {path}: {e.strerror}") from e
    except (ValueError, RecursionError) as e:
        raise ConfigurationError(f"{path} is not JSON: {e}") from e
    if not isinstance(saved, dict) or not isinstance(saved.get("server"), str):
        raise ConfigurationError(f'{path} is not of the form {{"server": NAME, "tools": [...]}}')
    listing = Listing(f"server {quoted(saved['server'])}")
    listing.add(saved)
    return saved["server"], [*listing.tools]


def main(argv: Sequence[str] | None = None) -> int:
    """Generates what ``argv`` (the process's own arguments when None) asks for.

    Returns the exit code; argparse raises SystemExit for wrong usage and ``--help``.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if options.from_json and options.servers:
        parser.error("argument --from-json: the files name their servers; give no SERVER")
    configure_logging(options.verbose, options.quiet)
    try:
        generation = _generate(options)
    except McpExecutionError as e:
        logger.error("%s", e)
        return 1
    except KeyboardInterrupt:
        return 130
    return _report(generation, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-generate",
        description="Writes the tools of MCP servers as typed Python functions.",
        epilog="exit codes: 0 written or up to date; 1 failed or stale; 2 wrong usage; 130 SIGINT",
    )
    add_common_options(parser)
    parser.add_argument(
        "servers",
        metavar="SERVER",
        nargs="*",
        help="a server of the config; all when none is given",
    )
    parser.add_argument("--output", metavar="DIR", help="the folder to write to; else the config's")
    parser.add_argument(
        "--from-json",
        metavar="FILE",
        nargs="+",
        help='take saved tools/list answers ({"server": NAME, "tools": [...]}); contact nothing',
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if anything is stale"
    )
    parser.add_argument("--json", action="store_true", help="print what is where as JSON")
    return parser


def _generate(options: argparse.Namespace) -> Generation:
    if options.from_json:
        return _generate_from_files(options)
    with progress_display("asking for its tools", quiet=options.quiet) as progress:
        return asyncio.run(_generate_and_close(options, progress))


async def _generate_and_close(options: argparse.Namespace, progress: Progress) -> Generation:
    try:
        return await generate_wrappers(
            options.config,
            options.servers,
            options.output,
            check=options.check,
            progress=progress,
        )
    finally:
        await get_mcp_client_manager().cleanup()


def _report(generation: Generation, options: argparse.Namespace) -> int:
    for failure in generation.failures:
        logger.error("%s", printable(failure))
    if options.json:
        print(json.dumps(generation.manifest(), indent=1))
    stale = options.check and generation.changed
    if stale:
        logger.error("stale: %s; run mcp-generate", ", ".join(generation.changed))
    elif not options.quiet:
        _say_summary(generation)
    return 1 if stale or generation.failures else 0


def _say_summary(generation: Generation) -> None:
    tools = sum(len(package.tools) for package in generation.packages)
    changed = ", ".join(generation.changed)
    said = f"wrote {changed}" if changed else "all up to date"
    print(f"{count_of(tools)} in {generation.output}; {said}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
