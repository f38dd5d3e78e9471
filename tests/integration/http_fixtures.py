"""What the tests over HTTP have in common: a manager whose config names one server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from runtime.mcp_client import McpClientManager


@asynccontextmanager
async def managing(folder: Path, **entry: Any) -> AsyncIterator[McpClientManager]:
    """A manager that knows one server, ``web``; closed at the end."""
    config = folder / "mcp_config.json"
    config.write_text(json.dumps({"mcpServers": {"web": entry}}))
    manager = McpClientManager()
    await manager.initialize(config)
    try:
        yield manager
    finally:
        await manager.cleanup()
