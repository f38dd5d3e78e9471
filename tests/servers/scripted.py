"""A stdio MCP server of the standard library: lists and answers what a file says, and notes calls.

    scripted.py SCRIPT CALLS

SCRIPT is JSON, ``{"tools": [...], "answers": {TOOL: [result, ...]}}``, with results as on the wire;
the last one of a tool is repeated, and a tool without answers never answers. Each ``tools/call``
becomes a line of JSON in the file CALLS.
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    script = json.loads(Path(sys.argv[1]).read_text())
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            result = answer(script, message["method"], message.get("params", {}))
            if result is None:
                continue
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)


def answer(script: dict[str, Any], method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "scripted", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": script["tools"]}
    with open(sys.argv[2], "a") as calls:
        print(json.dumps(params), file=calls)
    answers: list[dict[str, Any]] = script["answers"].get(params["name"], [])
    if not answers:
        return None
    return answers.pop(0) if len(answers) > 1 else answers[0]


if __name__ == "__main__":
    main()
