"""A stdio MCP server of the standard library alone, so that the client's own cost shows.

Tools: ``echo`` gives back ``text``; ``large`` gives back ``size`` characters; and as many more as
make up the number of the argument, if there is one.
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


UNKNOWN = {"code": -32601, "message": "unknown method"}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """The result of a request; None for a method that is not known."""
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "echo", "version": "1"},
        }
    if method == "tools/list":
        number = int(sys.argv[1]) if len(sys.argv) > 1 else len(TOOLS)
        more = [{**TOOLS[0], "name": f"echo_{i}"} for i in range(number - len(TOOLS))]
        return {"tools": [*TOOLS, *more]}
    if method != "tools/call":
        return None
    arguments = params["arguments"]
    text = arguments["text"] if params["name"] == "echo" else "x" * arguments["size"]
    return {"content": [{"type": "text", "text": text}]}


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            result = answer(message["method"], message.get("params", {}))
            outcome = {"error": UNKNOWN} if result is None else {"result": result}
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **outcome}), flush=True)


if __name__ == "__main__":
    main()
