"""One workload through this runtime: ``mcp-exec benchmarks/ours.py WORKLOAD``."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from runtime.mcp_client import call_mcp_tool

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import workloads


async def call(tool: str, arguments: dict[str, Any]) -> Any:
    return await call_mcp_tool(f"echo__{tool}", arguments)


print(json.dumps(asyncio.run(getattr(workloads, sys.argv[1])(call))))
