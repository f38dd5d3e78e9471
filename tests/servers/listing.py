"""A stdio server that lists the tools of a file: ``listing.py TOOLS.json [SOCKET]``.

With a socket it tells whoever listens there that it has been asked, and answers when told to.
Standard library only; what it lists goes out as it is, malformed or not.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any


def main(tools: str, gate: str | None = None) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            result = answer(request["method"], request.get("params") or {}, tools, gate)
            reply = {"jsonrpc": "2.0", "id": request["id"], "result": result}
            print(json.dumps(reply), flush=True)


def answer(method: str, params: dict[str, Any], tools: str, gate: str | None) -> dict[str, Any]:
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "listing", "version": "1"},
        }
    if method == "tools/call":
        text = json.dumps(params.get("arguments"))
        return {"content": [{"type": "text", "text": text}]}
    if gate is not None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(gate)
            connection.recv(1)
    return {"tools": json.loads(Path(tools).read_text(encoding="utf-8"))}


if __name__ == "__main__":
    main(*sys.argv[1:])
