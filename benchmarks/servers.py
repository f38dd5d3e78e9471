"""The servers that are measured against, as commands."""

import sys
from pathlib import Path

ECHO = [sys.executable, str(Path(__file__).with_name("echo_server.py"))]
