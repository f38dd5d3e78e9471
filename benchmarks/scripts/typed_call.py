"""One call through a generated wrapper: ``mcp-exec typed_call.py REPOSITORY``."""

import asyncio
import sys

from servers.git import git_status

print(len(asyncio.run(git_status(repo_path=sys.argv[1]))))
