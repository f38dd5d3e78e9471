"""What the commands' argument parsers have in common."""

from __future__ import annotations

import argparse
import math

from . import __version__


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--config``, ``-v``, ``-q`` and ``--version``."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the config file; else MCP_CONFIG, else mcp_config.json here or in a folder above",
    )
    volume = parser.add_mutually_exclusive_group()
    volume.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="say on stderr what connects; -vv: every detail",
    )
    volume.add_argument("-q", "--quiet", action="store_true", help="errors only on stderr")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")


def seconds(text: str) -> float:
    """An option's value as a positive, finite number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number of seconds")
    return value
