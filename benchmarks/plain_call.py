"""What a script does with the SDK alone: start servers, call a tool of each, and leave.

``python -m benchmarks.plain_call '[[COMMAND, TOOL, PARAMS], ...]'``
"""

import asyncio
import json
import sys
from typing import Any

from mcp import Client, StdioServerParameters


async def one(command: list[str], tool: str, params: dict[str, Any]) -> None:
    async with Client(StdioServerParameters(command=command[0], args=command[1:])) as client:
        print(len(str(await client.call_tool(tool, params))))


async def main() -> None:
    await asyncio.gather(*(one(*call) for call in json.loads(sys.argv[1])))


asyncio.run(main())
