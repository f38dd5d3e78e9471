"""Stands before a stdio server and keeps what it answers: ``recorder.py LOG COMMAND ARGS...``.

Each line that the server writes is appended to the file LOG, and passed on as it is.
"""

import subprocess
import sys


def main(log: str, *command: str) -> int:
    # The server reads from the client itself, and ends with it.
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server, open(log, "ab") as kept:
        assert server.stdout is not None
        for line in server.stdout:
            kept.write(line)
            kept.flush()
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    return server.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
