"""``mcp-host``: shows and ends the processes that keep connections warm."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from .._config_file import ConfigFile
from .._console import configure_logging
from .._paths import find_config
from .._protocol import SessionLostError
from .._text import printable
from ..exceptions import ConfigurationError, McpExecutionError
from .address import HostAddress, host_address, host_folder
from .client import HostClient

_UNREADABLE = "does not answer"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs ``mcp-host`` with ``argv`` (the process's own arguments when None).

    Returns 0; 1 when a host does not answer or the config cannot be found. Wrong usage ends in
    SystemExit(2), from argparse.
    """
    options = _parser().parse_args(argv)
    configure_logging(verbose=0, quiet=False)
    commands = {"status": _status, "stop": _stop, "logs": _logs}
    try:
        return commands[options.command](options)
    except McpExecutionError as error:
        print(f"[ERROR] {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-host", description="Shows and ends the processes that keep connections warm."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="which hosts there are, and what they hold")
    status.add_argument("--json", action="store_true", help="as one JSON document")
    stop = commands.add_parser("stop", help="end the host of this config")
    stop.add_argument("--all", action="store_true", help="end every host of this user")
    logs = commands.add_parser("logs", help="what the host of this config has logged")
    for command in (stop, logs):
        command.add_argument("--config", metavar="FILE", help="the config; else as mcp-exec has it")
    return parser


def _status(options: argparse.Namespace) -> int:
    reports = asyncio.run(_ask_all(_all_addresses(), "status"))
    if options.json:
        print(json.dumps({"hosts": list(reports.values())}, indent=2))
    elif not reports:
        print("no host is running")
    else:
        for line in _table(list(reports.values())):
            print(line)
    return int(any("error" in report for report in reports.values()))


def _stop(options: argparse.Namespace) -> int:
    addresses = _all_addresses() if options.all else [_this_address(options)]
    reports = asyncio.run(_ask_all(addresses, "stop"))
    failed = [report for report in reports.values() if report and "error" in report]
    for report in failed:
        print(f"[ERROR] host at {report['socket']} {report['error']}", file=sys.stderr)
    print(f"{len(reports) - len(failed)} stopped" if reports else "no host is running")
    return int(bool(failed))


def _logs(options: argparse.Namespace) -> int:
    log = _this_address(options).log
    try:
        print(printable(log.read_text(encoding="utf-8", errors="replace")), end="")
    except FileNotFoundError:
        print("no host has run", file=sys.stderr)
    return 0


def _all_addresses() -> list[HostAddress]:
    folder = host_folder(os.environ)
    return [HostAddress(folder, path.stem) for path in sorted(folder.glob("*.sock"))]


def _this_address(options: argparse.Namespace) -> HostAddress:
    path = find_config(options.config)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    return host_address(path, ConfigFile(path, text).text, os.environ)


async def _ask_all(addresses: list[HostAddress], method: str) -> dict[str, dict[str, Any]]:
    """What each host that runs answers, by its key; a host that does not gets an ``error``."""
    answers = await asyncio.gather(*(_ask(address, method) for address in addresses))
    return {
        address.key: answer
        for address, answer in zip(addresses, answers, strict=True)
        if answer is not None
    }


async def _ask(address: HostAddress, method: str) -> dict[str, Any] | None:
    try:
        host = await HostClient.connect(address)
        if host is None:
            return None
        with contextlib.closing(host):
            answer = await host.request(method)
    except (McpExecutionError, SessionLostError, KeyError) as error:
        return {"socket": str(address.socket), "error": f"{_UNREADABLE}: {error}"}
    return {"socket": str(address.socket), **(answer or {})}


def _table(reports: list[dict[str, Any]]) -> list[str]:
    rows = [("PID", "UPTIME", "IDLE", "CALLS", "SERVERS", "CONFIG")]
    for report in reports:
        if "error" in report:
            rows.append(("?", "", "", "", report["error"], report["socket"]))
            continue
        servers = ", ".join(_server(name, pid) for name, pid in report["servers"].items())
        idle = f"{report['idle']:.0f}/{report['keepAlive']:.0f} s"
        uptime = f"{report['uptime']:.0f} s"
        config = str(Path(report["config"]))
        rows.append(
            (str(report["pid"]), uptime, idle, str(report["calls"]), servers or "-", config)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _server(name: str, pid: int | None) -> str:
    return name if pid is None else f"{name} ({pid})"


if __name__ == "__main__":
    sys.exit(main())
