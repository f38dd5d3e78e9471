"""The same with this runtime: ``mcp-exec call.py '[[IDENTIFIER, PARAMS], ...]'``."""

import asyncio
import json
import sys
from typing import Any

from runtime.mcp_client import call_mcp_tool


async def one(identifier: str, params: dict[str, Any]) -> None:
    print(len(str(await call_mcp_tool(identifier, params))))


async def main() -> None:
    await asyncio.gather(*(one(*call) for call in json.loads(sys.argv[1])))


asyncio.run(main())
