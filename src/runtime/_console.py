"""What the commands say on stderr: ``[LEVEL] message``, warnings unless asked for more."""

from __future__ import annotations

import logging

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure_logging(verbose: int, quiet: bool) -> None:
    """Sends this package's log to stderr: warnings, with ``verbose`` also INFO (1) and DEBUG (2),
    with ``quiet`` errors only.

    The script's own logging is left alone. The SDK and the HTTP client, whose records may hold
    secrets, are heard only by handlers that the script itself installs.
    """
    level = logging.ERROR if quiet else _LEVELS[min(verbose, len(_LEVELS) - 1)]
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    ours = logging.getLogger("runtime")
    ours.handlers = [handler]
    ours.setLevel(level)
    ours.propagate = False
    for name in ("mcp", "client", "httpx2", "httpcore2"):
        logging.getLogger(name).addHandler(logging.NullHandler())
