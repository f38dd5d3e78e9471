"""The host's process: ``python -P -m runtime.host CONFIG KEY KEEP_ALIVE``.

It is started by `client.start_host`, with the environment of the script that needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .._console import configure_logging
from .._loop import io_thread
from ..exceptions import McpExecutionError
from ..mcp_client import get_mcp_client_manager
from .address import HostAddress, host_folder
from .service import HostService
from .wire import SocketLines

logger = logging.getLogger("runtime.host")

_LOCK_TIMEOUT = 15.0
"""Seconds to wait for a host that is just leaving."""
_LOCK_INTERVAL = 0.02


def main(argv: list[str]) -> int:
    """Serves until the host is over. Returns 0 also when another host serves already."""
    config_path, key, keep_alive = Path(argv[0]), argv[1], float(argv[2])
    address = HostAddress(host_folder(os.environ), key)
    configure_logging(verbose=1, quiet=False)
    with _only_host(address) as is_only:
        if not is_only:
            return 0
        os.truncate(address.log, 0)
        manager = get_mcp_client_manager()
        manager.keep_alive = 0.0
        manager.initialize_sync(config_path)
        service = HostService(manager, config_path, keep_alive)
        io_thread().run_sync(_serve(service, address))
    return 0


@contextlib.contextmanager
def _only_host(address: HostAddress) -> Iterator[bool]:
    """Whether this process is the one host at ``address``: it holds the lock while the block runs.

    The lock of a host that is leaving is waited for; that of one which serves is not.
    """
    with open(address.lock, "a") as lock:
        deadline = time.monotonic() + _LOCK_TIMEOUT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if address.socket.exists() or time.monotonic() > deadline:
                    yield False
                    return
                time.sleep(_LOCK_INTERVAL)
            else:
                yield True
                return


async def _serve(service: HostService, address: HostAddress) -> None:
    loop = asyncio.get_running_loop()
    listening = _listen(address)
    server = await loop.create_unix_server(lambda: SocketLines(service.connected), sock=listening)
    logger.info("host %d serves", os.getpid())
    try:
        await service.until_over()
    finally:
        address.socket.unlink(missing_ok=True)  # new scripts start a new host
        server.close()
        await service.farewell()


def _listen(address: HostAddress) -> socket.socket:
    """The listening socket, which nobody else can connect to at any time."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    unready = address.socket.with_suffix(".new")
    unready.unlink(missing_ok=True)
    listening.bind(str(unready))
    unready.chmod(0o600)
    listening.listen(128)
    unready.rename(address.socket)
    return listening


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    try:
        sys.exit(main(sys.argv[1:]))
    except McpExecutionError as unusable:
        sys.exit(f"[ERROR] {unusable}")
