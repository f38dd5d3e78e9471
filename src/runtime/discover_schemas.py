"""``mcp-discover``: types of what tools answer, inferred from sample calls of tools that only read.

What it calls, and what it refuses, is in `_discovery_safety`; what it makes of answers in
`schema_inference`. Answers are used and dropped: no value of one is written or logged.

Exit codes: 0 all done; 1 something failed or was refused (the rest is written), or a config cannot
be used; 2 wrong usage; 130 SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cli import add_common_options
from ._console import configure_logging
from ._discovery_report import Discovery, FirstConfig, ServerTypes
from ._emit_readme import count_of
from ._generate_progress import Progress, Silence, progress_display
from ._text import did_you_mean, printable, quoted
from .exceptions import ConfigurationError, McpExecutionError
from .mcp_client import McpClientManager, get_mcp_client_manager

if TYPE_CHECKING:
    from ._discovery_config import DiscoveryConfig, SampleCalls
    from ._discovery_proposal import Proposal
    from .config import ServerConfig

logger = logging.getLogger("runtime.discover_schemas")  # also under python -m

DISCOVERY_CONFIG_NAME = "discovery_config.json"
_INTERRUPTED = 130


def infer_pydantic_model_from_response(tool_name: str, response_data: Any) -> str:
    """The source of a module that defines the type of a tool's answers, inferred from one answer.

    ``response_data`` is a JSON value. An object becomes a class with optional fields; the items of
    an array are merged into one type; anything else becomes the name of its type. The name is the
    tool's own in Pascal case, and ``Result``: ``GitLogResult``.
    """
    from ._discovered_module import render_type
    from ._emit_package import tool_names
    from .schema_inference import infer_schema

    return render_type(tool_names([tool_name])[tool_name].result, infer_schema([response_data]))


async def discover_schemas(
    config_path: str | Path | None = None,
    servers: Sequence[str] = (),
    output: str | Path | None = None,
    *,
    discovery_config_path: str | Path | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Calls the safe tools that the discovery config lists, and writes the types of their answers.

    Servers are sampled all at once, the tools of each one after the other.

    Args:
        config_path: the config file; None to look for it, see `McpClientManager.initialize`.
        servers: the servers to sample; all that the discovery config lists when empty.
        output: the folder of wrappers; the one that the config names when None.
        discovery_config_path: ``discovery_config.json`` in the project root when None.
        progress: is told which servers are sampled, and what came of each.

    Raises:
        ConfigurationError: one of the configs is missing or malformed.
    """
    from ._discovery_files import read_discovery_config

    manager = get_mcp_client_manager()
    await manager.initialize(config_path)
    config = read_discovery_config(_discovery_path(manager, discovery_config_path))
    asked = list(dict.fromkeys(servers)) or _listed(config, _configured(manager))
    folder = Path(output or manager.servers_dir)
    shown = progress or Silence()
    answers = await asyncio.gather(
        *(_discover(manager, server, config, folder, shown) for server in asked)
    )
    return Discovery(dict(zip(asked, answers, strict=True)))


def _configured(manager: McpClientManager) -> Mapping[str, ServerConfig]:
    return manager._config.servers if manager._config is not None else {}


def _discovery_path(manager: McpClientManager, explicit: str | Path | None) -> Path:
    return manager.root / DISCOVERY_CONFIG_NAME if explicit is None else Path(explicit).absolute()


def _listed(config: DiscoveryConfig, configured: Mapping[str, ServerConfig]) -> list[str]:
    """The servers with tools to call, less those that are disabled."""
    listed = [server for server, each in config.servers.items() if each.safe_tools]
    disabled = [name for name in listed if name in configured and configured[name].disabled]
    for name in disabled:
        logger.info("server %s is disabled, and left out", quoted(name))
    return [name for name in listed if name not in disabled]


async def _discover(
    manager: McpClientManager,
    server: str,
    config: DiscoveryConfig,
    folder: Path,
    progress: Progress,
) -> ServerTypes:
    progress.begin(server)
    result = ServerTypes()
    try:
        await _sample_and_write(manager, server, _calls(config, server), folder, result)
    except McpExecutionError as error:
        result.error = str(error)
    progress.end(server, result.summary)
    return result


def _calls(config: DiscoveryConfig, server: str) -> Mapping[str, SampleCalls]:
    if server not in config.servers:
        raise ConfigurationError(
            f"{DISCOVERY_CONFIG_NAME} lists no tools of server {quoted(server)}; "
            f"{did_you_mean(server, config.servers)}"
        )
    return config.servers[server].safe_tools


async def _sample_and_write(
    manager: McpClientManager,
    server: str,
    calls: Mapping[str, SampleCalls],
    folder: Path,
    result: ServerTypes,
) -> None:
    from ._discovery_files import update_types
    from ._discovery_sampling import sample_server
    from ._emit_package import package_names

    sampling = await sample_server(manager, server, calls)
    result.refused, result.failed = sampling.refused, sampling.failed
    if sampling.found:
        package = package_names(_configured(manager))[server]
        result.written = update_types(folder, package, server, sampling.found, sampling.listed)


async def propose_calls(
    config_path: str | Path | None = None,
    servers: Sequence[str] = (),
    *,
    discovery_config_path: str | Path | None = None,
    progress: Progress | None = None,
) -> FirstConfig:
    """Writes a first discovery config: the tools without an output schema that only read.

    The arguments are those of `discover_schemas`; ``servers`` are all that are not disabled when
    empty. Nothing is written when none of them can be reached.

    Raises:
        ConfigurationError: there is a discovery config, or it cannot be written; or the config is
            missing or malformed.
    """
    from ._discovery_files import refuse_to_replace, write_first_config

    manager = get_mcp_client_manager()
    await manager.initialize(config_path)
    path = _discovery_path(manager, discovery_config_path)
    refuse_to_replace(path)
    configured = _configured(manager)
    asked = list(dict.fromkeys(servers)) or [n for n, c in configured.items() if not c.disabled]
    shown = progress or Silence()
    answers = await asyncio.gather(*(_propose(manager, server, shown) for server in asked))
    first = FirstConfig(path, dict(zip(asked, answers, strict=True)))
    if first.safe_tools:
        write_first_config(path, first.safe_tools)
    return first


async def _propose(
    manager: McpClientManager, server: str, progress: Progress
) -> Proposal | McpExecutionError:
    from ._discovery_proposal import propose

    progress.begin(server)
    try:
        proposal = propose(await manager.list_tools(server))
    except McpExecutionError as error:
        progress.end(server, "failed")
        return error
    progress.end(server, f"{count_of(len(proposal.safe_tools))} to call")
    return proposal


def main(argv: Sequence[str] | None = None) -> int:
    """Does what ``argv`` (the process's own arguments when None) asks for.

    Returns the exit code; argparse raises SystemExit for wrong usage and ``--help``.
    """
    options = _parser().parse_args(argv)
    configure_logging(options.verbose, options.quiet)
    try:
        doing = "asking for its tools" if options.init else "calling its tools"
        with progress_display(doing, quiet=options.quiet) as progress:
            report = asyncio.run(_run_and_close(options, progress))
    except McpExecutionError as error:
        logger.error("%s", error)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return _tell(report, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-discover",
        description="Infers the types of what tools answer, from sample calls of safe ones.",
        epilog="exit codes: 0 done; 1 something failed or was refused; 2 wrong usage; 130 SIGINT",
    )
    add_common_options(parser)
    parser.add_argument(
        "servers",
        metavar="SERVER",
        nargs="*",
        help="a server of the discovery config; all when none is given",
    )
    parser.add_argument(
        "--discovery-config",
        metavar="FILE",
        help=f"which tools to call; else {DISCOVERY_CONFIG_NAME} beside the config file",
    )
    parser.add_argument("--output", metavar="DIR", help="the folder of wrappers; else the config's")
    parser.add_argument(
        "--init", action="store_true", help="write a first discovery config, and call no tool"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    return parser


async def _run_and_close(
    options: argparse.Namespace, progress: Progress
) -> Discovery | FirstConfig:
    paths = {"discovery_config_path": options.discovery_config, "progress": progress}
    try:
        if options.init:
            return await propose_calls(options.config, options.servers, **paths)
        return await discover_schemas(options.config, options.servers, options.output, **paths)
    finally:
        await get_mcp_client_manager().cleanup()


def _tell(report: Discovery | FirstConfig, options: argparse.Namespace) -> int:
    """Says what came of the run; the exit code."""
    for remark in report.remarks:
        logger.warning("%s", printable(remark))
    for failure in report.failures:
        logger.error("%s", printable(failure))
    if options.json:
        print(json.dumps(report.manifest(), indent=1))
    if not options.quiet:
        print(report.summary, file=sys.stderr)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
