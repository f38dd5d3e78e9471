"""The way to the servers: configuration, lazy connections, cached tools, calls.

Every method works from any event loop, any thread, several ``asyncio.run`` in one script, and in a
forked child: the connections live on a thread of their own (`_loop`). Importing this module loads
neither the SDK nor Pydantic.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import functools
import json
import logging
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ._config_file import ConfigFile
from ._loop import io_thread
from ._paths import find_config
from ._results import unwrap_result
from ._text import did_you_mean, quoted
from .exceptions import (
    ConfigurationError,
    McpExecutionError,
    SchemaValidationError,
    ServerConnectionError,
    ToolNotFoundError,
)

if TYPE_CHECKING:
    from ._connection import Connection
    from ._tools import Tool
    from .config import McpConfig, ServerConfig
    from .host.address import HostAddress
    from .host.client import HostClient

logger = logging.getLogger(__name__)

T = TypeVar("T")

SEPARATOR = "__"
"""Stands between server and tool in an identifier: ``git__git_status``."""
_EXIT_TIMEOUT = 6.0
_CONFIG = "config"


class McpClientManager:
    """Holds the configuration and one connection per server, made on the server's first call."""

    def __init__(self) -> None:
        self.keep_alive: float | None = None
        """Seconds that a host keeps the connections when idle, 0 for no host; None for what
        ``MCP_KEEP_ALIVE`` or the config say."""
        self._file: ConfigFile | None = None
        self._config: McpConfig | None = None
        self._host: HostClient | None = None
        self._initialized = False
        self._clients: dict[str, Connection] = {}
        self._tool_cache: dict[str, dict[str, Tool]] = {}
        self._under_way: dict[tuple[str, str], asyncio.Task[Any]] = {}
        _managers.add(self)

    async def initialize(self, config_path: str | Path | None = None) -> None:
        """Loads and validates the config; connects to nothing.

        ``config_path`` of None means ``MCP_CONFIG``, or ``mcp_config.json`` in the working
        directory or above. Calling it again with the same file changes nothing; another file
        replaces the configuration and closes the connections.

        Raises:
            ConfigurationError: there is no config file, or it is malformed.
        """
        await io_thread().run(self._initialize(config_path))

    def initialize_sync(self, config_path: str | Path | None = None) -> None:
        """`initialize`, for code without an event loop."""
        io_thread().run_sync(self._initialize(config_path))

    async def call_tool(self, identifier: str, params: Mapping[str, Any] | None = None) -> Any:
        """Calls one tool once and returns its answer as a plain Python value.

        Connects to the server if it is not connected. See `_results.unwrap_result` for what the
        value is; it then goes through the server's field normalization.

        Args:
            identifier: ``server__tool``, with the names that the config and the server use.
            params: the tool's arguments, JSON values; None for none.

        Raises:
            ConfigurationError: the config or this server's entry is unusable; nothing was sent.
            ToolNotFoundError: there is no such server or tool; nothing was sent.
            SchemaValidationError: ``params`` are not JSON (nothing was sent), or the answer does
                not fit the tool's output schema (``value`` holds it).
            ServerConnectionError: the server cannot be reached, was lost, or did not answer.
            ToolExecutionError: the server answered with an error.
        """
        return await io_thread().run(self._call(identifier, params))

    def call_tool_sync(self, identifier: str, params: Mapping[str, Any] | None = None) -> Any:
        """`call_tool`, for code without an event loop; blocks the calling thread only."""
        return io_thread().run_sync(self._call(identifier, params))

    async def list_tools(self, server: str) -> list[Tool]:
        """The tools of one server as it lists them now, in their wire form (``inputSchema``, ...).

        Malformed tools are left out with a warning, and so are those that the config hides.

        Raises:
            ConfigurationError: the server is disabled, or its entry is unusable.
            ToolNotFoundError: no server of that name is configured.
            ServerConnectionError: the server cannot be reached, or was lost.
            ToolExecutionError: the server refused to list its tools.
        """
        return await io_thread().run(self._list(server))

    async def list_all_tools(self) -> dict[str, list[Tool]]:
        """The tools of every server that is not disabled, by server; they are asked all at once.

        A server that cannot be reached is missing from the result, with a warning in the log.
        """
        return await io_thread().run(self._list_all())

    async def cleanup(self) -> None:
        """Closes every connection and ends the servers. The manager can be used again after it."""
        await io_thread().run(self._cleanup())

    @property
    def root(self) -> Path:
        """The project root: the folder of the config file.

        Raises:
            ConfigurationError: `initialize` has not succeeded yet.
        """
        return self._loaded_file().root

    @property
    def servers_dir(self) -> Path:
        """The folder of generated wrappers."""
        return self._loaded_file().servers_dir

    @property
    def is_connected(self) -> bool:
        """Whether there is anything to clean up."""
        return bool(self._clients or self._under_way or self._host is not None)

    def connected_servers(self) -> dict[str, int | None]:
        """The process id of every server that is connected in this process; None over HTTP."""
        return {name: client.pid for name, client in self._clients.items() if client.alive}

    # All that follows runs on the I/O loop.

    def _leave_to_parent(self) -> None:
        """In a forked child: the parent's connections are kept from the garbage collector, which
        would end them, and otherwise forgotten."""
        _left_to_parent.append((self._clients, self._under_way, self._host))
        self._clients, self._under_way, self._host = {}, {}, None

    async def _initialize(self, config_path: str | Path | None) -> None:
        if self._initialized and config_path is None:
            return
        await self._once((_CONFIG, str(config_path)), lambda: self._load(config_path))

    async def _load(self, config_path: str | Path | None) -> None:
        path = find_config(config_path)
        if self._file is not None and path == self._file.path:
            return
        file = ConfigFile(path, await _read(path))
        host = await self._running_host(file)
        # A host that serves this very text has validated it.
        config = None if host is not None else _validated(file)
        if self._initialized:
            await self._cleanup()
        self._file, self._config, self._host, self._initialized = file, config, host, True

    async def _call(self, identifier: str, params: Mapping[str, Any] | None) -> Any:
        await self._initialize(None)
        arguments = _json_arguments(identifier, params)
        if host := await self._kept_host():
            return await host.request("call", identifier=identifier, arguments=arguments)
        server_name, tool_name = self._split(identifier)
        server = self._enabled(server_name)
        connection = await self._connect_to_server(server_name)
        tool = await self._find_tool(server_name, tool_name)
        logger.debug("calling %s", quoted(identifier))
        answer = await connection.call_tool(tool, arguments, server.timeout)
        value = unwrap_result(answer.result, tool.get("outputSchema"), connection.shown)
        value = _normalized(value, server_name, server)
        if answer.mismatch is not None:
            raise SchemaValidationError(
                f"{quoted(identifier)} ran, and its answer does not fit the output schema that the "
                f"server declares: {answer.mismatch}; the error's value holds the answer",
                value=value,
            )
        return value

    async def _list(self, server_name: str) -> list[Tool]:
        await self._initialize(None)
        if host := await self._kept_host():
            tools: list[Tool] = await host.request("tools", server=server_name)
            return tools
        self._enabled(server_name)
        return list((await self._fetch_tools(server_name)).values())

    async def _list_all(self) -> dict[str, list[Tool]]:
        await self._initialize(None)
        if host := await self._kept_host():
            listed: dict[str, list[Tool]] = await host.request("all_tools")
            return listed
        names = [
            name for name, server in self._loaded_config().servers.items() if not server.disabled
        ]
        answers = await asyncio.gather(*map(self._list, names), return_exceptions=True)
        tools = {}
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, McpExecutionError):
                logger.warning("%s", answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                tools[name] = answer
        return tools

    async def _connect_to_server(self, server_name: str) -> Connection:
        """The connection to one server, made once however many callers wait for it."""
        connection = self._clients.get(server_name)
        if connection is not None and connection.alive:
            return connection
        return await self._once(("connect", server_name), lambda: self._open(server_name))

    async def _open(self, server_name: str) -> Connection:
        from ._connection import LocalConnection
        from ._resolve import resolve_server

        connection = self._clients.pop(server_name, None)
        if connection is not None:
            await connection.close()
        target = resolve_server(server_name, self._enabled(server_name), self.root, os.environ)
        self._tool_cache.pop(server_name, None)
        self._clients[server_name] = opened = await LocalConnection.open(target)
        return opened

    async def _find_tool(self, server_name: str, tool_name: str) -> Tool:
        """The tool as the server lists it; a list that lacks it is asked for once more."""
        server = self._enabled(server_name)
        tools = self._tool_cache.get(server_name)
        if tools is None or tool_name not in tools:
            tools = await self._fetch_tools(server_name)
        if tool_name in tools:
            return tools[tool_name]
        hidden = "" if server.offers(tool_name) else "; the config hides tools of that name"
        raise ToolNotFoundError(
            f"server {quoted(server_name)} has no tool {quoted(tool_name)}{hidden}; "
            f"{did_you_mean(tool_name, tools)}"
        )

    async def _fetch_tools(self, server_name: str) -> dict[str, Tool]:
        return await self._once(("tools", server_name), lambda: self._list_now(server_name))

    async def _list_now(self, server_name: str) -> dict[str, Tool]:
        server = self._enabled(server_name)
        connection = await self._connect_to_server(server_name)
        listed = await connection.list_tools(server.timeout)
        tools = {tool["name"]: tool for tool in listed if server.offers(tool["name"])}
        self._tool_cache[server_name] = tools
        logger.debug("server %s: %d tools", quoted(server_name), len(tools))
        return tools

    async def _cleanup(self) -> None:
        opening = [self._under_way.pop(key) for key in list(self._under_way) if key[0] != _CONFIG]
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        if self._host is not None:
            self._host.close()
            self._host = None
        clients, self._clients = self._clients, {}
        self._tool_cache.clear()
        await asyncio.gather(*(connection.close() for connection in clients.values()))

    # The host, which has the connections instead where they are kept alive.

    async def _kept_host(self) -> HostClient | None:
        """The host that holds the connections, started if need be; None where none is wanted."""
        if self._host is not None and self._host.alive:
            return self._host
        if not self._keep_alive_of(self._loaded_file()):
            return None
        self._host = await self._once(("host", ""), self._open_host)
        return self._host

    async def _open_host(self) -> HostClient:
        from .host.client import start_host

        file = self._loaded_file()
        host = await self._running_host(file)
        if host is not None:
            return host
        self._loaded_config()  # what is wrong with it is told here, not by a process in the dark
        return await start_host(self._host_address(file), file.path, self._keep_alive_of(file))

    async def _running_host(self, file: ConfigFile) -> HostClient | None:
        seconds = self._keep_alive_of(file)
        if not seconds:
            return None
        from .host.client import HostClient

        return await HostClient.connect(self._host_address(file), seconds)

    def _host_address(self, file: ConfigFile) -> HostAddress:
        from .host.address import host_address

        return host_address(file.path, file.text, os.environ)

    def _keep_alive_of(self, file: ConfigFile) -> float:
        return file.keep_alive(os.environ) if self.keep_alive is None else self.keep_alive

    async def _once(self, key: tuple[str, str], work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of ``work``, done once for all who ask for it while it is under way.

        A caller that is cancelled leaves the others, and the work, as they are.

        Raises:
            ServerConnectionError: `cleanup` came in between.
        """
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(work())
            task.add_done_callback(functools.partial(self._settled, key))
        try:
            result: T = await asyncio.shield(task)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if not task.cancelled() or (caller is not None and caller.cancelling()):
                raise
            raise ServerConnectionError(
                f"server {quoted(key[1])}: closed before it was connected; call again to reconnect"
            ) from None
        return result

    def _settled(self, key: tuple[str, str], task: asyncio.Task[Any]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen, also when nobody waits any more

    # Names and entries.

    def _loaded_config(self) -> McpConfig:
        if self._config is None:
            self._config = _validated(self._loaded_file())
        return self._config

    def _loaded_file(self) -> ConfigFile:
        if self._file is None:
            raise ConfigurationError("no config is loaded; call initialize() first")
        return self._file

    def _split(self, identifier: str) -> tuple[str, str]:
        """Server and tool: the longest server name that fits, as names may hold ``__``."""
        servers = self._loaded_config().servers
        fitting = [name for name in servers if identifier.startswith(name + SEPARATOR)]
        if fitting:
            server_name = max(fitting, key=len)
            return server_name, identifier[len(server_name) + len(SEPARATOR) :]
        server_name, separator, _ = identifier.partition(SEPARATOR)
        if not separator:
            raise ToolNotFoundError(
                f"{quoted(identifier)} is no tool identifier: write server{SEPARATOR}tool; "
                f"servers: {did_you_mean(identifier, servers)}"
            )
        raise self._unknown_server(server_name)

    def _enabled(self, server_name: str) -> ServerConfig:
        server = self._loaded_config().servers.get(server_name)
        if server is None:
            raise self._unknown_server(server_name)
        if server.disabled:
            raise ConfigurationError(
                f"server {quoted(server_name)} is disabled in {self._loaded_file().path}; "
                f'remove its "disabled" to use it'
            )
        return server

    def _unknown_server(self, server_name: str) -> ToolNotFoundError:
        return ToolNotFoundError(
            f"no server {quoted(server_name)} in {self._loaded_file().path}; "
            f"{did_you_mean(server_name, self._loaded_config().servers)}"
        )


def _validated(file: ConfigFile) -> McpConfig:
    from .config import McpConfig

    config = McpConfig.validated(file.data, str(file.path))
    for key in config.ignored_keys():
        logger.info("%s: ignoring %s, which has no meaning here", file.path, quoted(key))
    return config


async def _read(path: Path) -> str:
    import aiofiles

    try:
        async with aiofiles.open(path, encoding="utf-8") as file:
            return await file.read()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error}") from error


def _json_arguments(identifier: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """``params`` as they go over the wire.

    Raises:
        SchemaValidationError: they hold something that JSON has no form for (NaN, a set, half a
            surrogate pair): nothing is sent rather than something else.
    """
    arguments = dict(params) if params is not None else {}
    try:
        if not all(isinstance(name, str) for name in arguments):
            raise TypeError("their names must be strings")
        json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaValidationError(
            f"the params of {quoted(identifier)} are not JSON, and nothing was sent: {error}",
            value=params,
        ) from error
    return arguments


def _normalized(value: Any, server_name: str, server: ServerConfig) -> Any:
    from .normalize_fields import normalize_field_names

    return normalize_field_names(value, server_name, server.normalization)


_lock = threading.Lock()
_manager: McpClientManager | None = None
_managers: weakref.WeakSet[McpClientManager] = weakref.WeakSet()
_left_to_parent: list[Any] = []


def get_mcp_client_manager() -> McpClientManager:
    """The one manager of this process, made on first use."""
    global _manager
    with _lock:
        if _manager is None:
            _manager = McpClientManager()
        return _manager


async def call_mcp_tool(identifier: str, params: Mapping[str, Any] | None = None) -> Any:
    """`McpClientManager.call_tool` of the process's manager."""
    return await get_mcp_client_manager().call_tool(identifier, params)


def call_mcp_tool_sync(identifier: str, params: Mapping[str, Any] | None = None) -> Any:
    """`call_mcp_tool`, for code without an event loop."""
    return get_mcp_client_manager().call_tool_sync(identifier, params)


def close_connections() -> None:
    """Closes every connection of this process and ends its servers, within six seconds."""
    managers = [manager for manager in _managers if manager.is_connected]
    closing = [io_thread().submit(manager._cleanup()) for manager in managers]
    concurrent.futures.wait(closing, timeout=_EXIT_TIMEOUT)


def _start_over_in_child() -> None:
    global _lock
    _lock = threading.Lock()
    for manager in list(_managers):
        manager._leave_to_parent()


atexit.register(close_connections)
os.register_at_fork(after_in_child=_start_over_in_child)
