"""A stdio server that does, on request, what no server should.

Written out by hand in the standard library, so that it starts in some 20 ms and can break every
rule of the protocol. Arguments are ``name`` or ``name=value``:

====================  ==============================================================================
log=FILE              append all that happens here to FILE, one JSON object a line
stderr=TEXT           write TEXT and a newline to stderr at start
stderr_bytes=N        write N bytes to stderr at start
exit=CODE             leave at start with CODE
child                 start a child, an ordinary one
daemon                start a grandchild in a session of its own, whose parent has left
gate=FILE             read nothing until FILE exists
ignore_eof            stay when stdin ends
ignore_term           stay on SIGTERM, and so do the child and the daemon
ignore=METHODS        never answer these (comma separated)
refuse=METHODS        answer these with a JSON-RPC error
die_on=METHODS        leave with code 9 on these
noise                 write lines that are no messages before each answer
modern                speak the 2026-07-28 protocol: refuse initialize, answer server/discover
pages=FILE            what tools/list answers: a JSON object from cursor ("first": none) to page
====================  ==============================================================================

Its tools are described in `TOOLS`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

NOISE = b'Starting up...\n\xff\xfe\x00 not text\n{"half": \n[1, 2]\n"text"\n{}\n\n'


TOOLS = {
    "echo": "Answers with its own arguments, as structured content and as text.",
    "strict": "Answers with `number`, which its output schema wants to be an integer.",
    "die": "Writes `stderr`, if given, and leaves with `code`, or by signal `signal`.",
    "hang": "Never answers.",
    "hold": "Answers only when `release` is called.",
    "release": "Answers every call of `hold`, then itself.",
    "big": "Answers with a text of `size` characters.",
    "size": "Answers with the length of `text`.",
    "answer": "Answers with `result`, whatever it is.",
    "raw": "Writes `lines` as they are, ID standing for the request's id.",
    "env": "Answers with its environment.",
    "pid": "Answers with its process id.",
    "cwd": "Answers with its working directory.",
    "stop_reading": "Closes its stdin, answers, and lives on until it is ended.",
    "wait_for": "Reads nothing until the file `path` exists; it has answered before.",
}


class Adversary:
    def __init__(self, options: dict[str, str]) -> None:
        self.options = options
        self.held: list[Any] = []

    # Its life.

    def run(self) -> None:
        self.log(started=os.getpid())
        if "ignore_term" in self.options:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if "child" in self.options:
            self.start_child()
        if "daemon" in self.options:
            self.start_daemon()
        self.speak_at_start()
        wait_for_file(self.options.get("gate", os.curdir))
        for line in sys.stdin.buffer:
            self.receive(json.loads(line))
        self.log(end_of_file=os.getpid())
        if "ignore_eof" in self.options:
            wait_for_ever()

    def speak_at_start(self) -> None:
        if "stderr" in self.options:
            print(self.options["stderr"], file=sys.stderr, flush=True)
        if "stderr_bytes" in self.options:
            line = b"x" * 99 + b"\n"
            for _ in range(int(self.options["stderr_bytes"]) // len(line)):
                os.write(2, line)
        if "exit" in self.options:
            os._exit(int(self.options["exit"]))

    def start_child(self) -> None:
        if (child := os.fork()) == 0:
            wait_for_ever()
        self.log(child=child)

    def start_daemon(self) -> None:
        readable, writable = os.pipe()
        if (between := os.fork()) == 0:
            os.setsid()
            if (daemon := os.fork()) == 0:
                wait_for_ever()
            os.write(writable, str(daemon).encode())
            os._exit(0)
        os.waitpid(between, 0)
        self.log(daemon=int(os.read(readable, 20)))

    def log(self, **event: Any) -> None:
        if "log" in self.options:
            with open(self.options["log"], "a") as file:
                file.write(json.dumps(event) + "\n")

    # The protocol.

    def receive(self, message: dict[str, Any]) -> None:
        self.log(received=message)
        method, request_id = message.get("method"), message.get("id")
        if self.lists("die_on", method):
            os._exit(9)
        if request_id is None or method is None or self.lists("ignore", method):
            return
        if self.lists("refuse", method) or (method == "initialize" and "modern" in self.options):
            error = {"code": -32601, "message": f"no method {method}"}
            self.send({"jsonrpc": "2.0", "id": request_id, "error": error})
            return
        result = self.result_of(method, message.get("params") or {}, request_id)
        if result is not None:
            self.answer(request_id, result)

    def lists(self, option: str, method: str | None) -> bool:
        return method in self.options.get(option, "").split(",")

    def answer(self, request_id: Any, result: Any) -> None:
        if "modern" in self.options and isinstance(result, dict):
            result = {"resultType": "complete", **result}
        self.send({"jsonrpc": "2.0", "id": request_id, "result": result})

    def send(self, message: dict[str, Any]) -> None:
        if "noise" in self.options:
            self.write(NOISE)
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def result_of(self, method: str, params: dict[str, Any], request_id: Any) -> Any:
        """What to answer, or None for nothing yet."""
        if method == "initialize":
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "adversary", "version": "1"},
            }
        if method == "server/discover":
            return {
                "supportedVersions": ["2026-07-28"],
                "capabilities": {"tools": {}},
                "ttlMs": 0,
                "cacheScope": "private",
            }
        if method == "tools/list":
            return self.page(params.get("cursor", "first"))
        if method == "tools/call":
            tool = getattr(self, "tool_" + params["name"])
            return tool(params.get("arguments") or {}, request_id)
        return {}

    def page(self, cursor: str) -> Any:
        caching = {"ttlMs": 0, "cacheScope": "private"} if "modern" in self.options else {}
        if "pages" in self.options:
            with open(self.options["pages"]) as file:
                return {**json.load(file)[cursor], **caching}
        tools = [
            {"name": name, "description": text, "inputSchema": {"type": "object"}}
            for name, text in TOOLS.items()
        ]
        strict = tools[list(TOOLS).index("strict")]
        strict["outputSchema"] = {
            "type": "object",
            "properties": {"number": {"type": "integer"}},
            "required": ["number"],
        }
        return {"tools": tools, **caching}

    # Its tools.

    def tool_echo(self, arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [text(json.dumps(arguments))], "structuredContent": arguments}

    tool_strict = tool_echo

    def tool_die(self, arguments: dict[str, Any], _id: Any) -> Any:
        if "stderr" in arguments:
            os.write(2, arguments["stderr"].encode())
        if "signal" in arguments:
            os.kill(os.getpid(), arguments["signal"])
            wait_for_ever()
        os._exit(arguments.get("code", 0))

    def tool_hang(self, _arguments: dict[str, Any], _id: Any) -> Any:
        return None

    def tool_hold(self, _arguments: dict[str, Any], request_id: Any) -> Any:
        self.held.append(request_id)

    def tool_release(self, _arguments: dict[str, Any], _id: Any) -> Any:
        released, self.held = self.held, []
        for request_id in released:
            self.answer(request_id, {"content": [text("released")]})
        return {"content": [text(f"{len(released)} released")]}

    def tool_big(self, arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [text("x" * arguments["size"])]}

    def tool_size(self, arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [text(str(len(arguments["text"])))]}

    def tool_answer(self, arguments: dict[str, Any], _id: Any) -> Any:
        return arguments["result"]

    def tool_raw(self, arguments: dict[str, Any], request_id: Any) -> Any:
        for line in arguments["lines"]:
            self.write(line.replace("ID", json.dumps(request_id)).encode() + b"\n")

    def tool_env(self, _arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [], "structuredContent": dict(os.environ)}

    def tool_pid(self, _arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [text(str(os.getpid()))]}

    def tool_cwd(self, _arguments: dict[str, Any], _id: Any) -> Any:
        return {"content": [text(os.getcwd())]}

    def tool_stop_reading(self, _arguments: dict[str, Any], request_id: Any) -> Any:
        os.close(0)
        self.answer(request_id, {"content": []})
        wait_for_ever()

    def tool_wait_for(self, arguments: dict[str, Any], request_id: Any) -> Any:
        self.answer(request_id, {"content": []})
        wait_for_file(arguments["path"])


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def wait_for_file(path: str) -> None:
    while not os.path.exists(path):
        time.sleep(0.01)


def wait_for_ever() -> None:
    while True:
        signal.pause()


if __name__ == "__main__":
    given = (argument.partition("=") for argument in sys.argv[1:])
    Adversary({name: value for name, _, value in given}).run()
