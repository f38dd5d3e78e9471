"""One workload through this runtime: ``mcp-exec benchmarks/scripts/workload.py WORKLOAD``."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from runtime.mcp_client import call_mcp_tool

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import workloads

WORKLOAD = sys.argv[1]


async def call(tool: str, arguments: dict[str, Any]) -> Any:
    return await call_mcp_tool(f"{workloads.server_of(WORKLOAD)}__{tool}", arguments)


print(json.dumps(asyncio.run(getattr(workloads, WORKLOAD)(call))))
