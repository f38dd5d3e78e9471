"""The smallest stdio server that is one: a single tool, which answers with its own arguments."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOL = {
    "name": "echo",
    "description": "Answers with its own arguments.",
    "inputSchema": {"type": "object"},
}


def result_of(message: dict[str, Any]) -> dict[str, Any]:
    if message["method"] == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "echo", "version": "1"}
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    if message["method"] == "tools/list":
        return {"tools": [TOOL]}
    arguments = message["params"].get("arguments", {})
    return {"content": [{"type": "text", "text": json.dumps(arguments)}]}


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result_of(message)}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
