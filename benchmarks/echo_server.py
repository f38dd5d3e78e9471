"""A stdio MCP server of the standard library alone, so that the client's own cost shows.

Tools: ``echo`` gives back ``text``; ``large`` gives back ``size`` characters.
"""

import json
import sys
from typing import Any

TOOLS = [
    {
        "name": "echo",
        "description": "Gives back the text.",
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    },
    {
        "name": "large",
        "description": "Gives back a text of that many characters.",
        "inputSchema": {"type": "object", "properties": {"size": {"type": "integer"}}},
    },
]


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "echo", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    arguments = params["arguments"]
    text = arguments["text"] if params["name"] == "echo" else "x" * arguments["size"]
    return {"content": [{"type": "text", "text": text}]}


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            result = answer(message["method"], message.get("params", {}))
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)


if __name__ == "__main__":
    main()
