"""One workload through the SDK alone: ``python -m benchmarks.plain WORKLOAD``."""

import asyncio
import json
import sys
from typing import Any

from mcp import Client, StdioServerParameters

from benchmarks import workloads
from benchmarks.servers import SERVERS


async def main(workload: str) -> None:
    command, *args = SERVERS[workloads.server_of(workload)].command
    server = StdioServerParameters(command=command, args=args)
    # The handshake that every server answers; the default mode also probes for the newer one.
    async with Client(server, mode="legacy") as client:

        async def call(tool: str, arguments: dict[str, Any]) -> Any:
            result = await client.call_tool(tool, arguments)
            return getattr(result.content[0], "text", None)

        print(json.dumps(await getattr(workloads, workload)(call)))


asyncio.run(main(sys.argv[1]))
