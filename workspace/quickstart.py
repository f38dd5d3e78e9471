"""What this repository's git history is about, by way of the git server.

    mcp-exec workspace/quickstart.py

The log and the diffs stay in this process; the few lines at the end are all that is printed.
"""

from collections import Counter
from pathlib import Path

from runtime.mcp_client import call_mcp_tool

REPOSITORY = str(Path(__file__).resolve().parent.parent)
COMMITS = 20

log = await call_mcp_tool("git__git_log", {"repo_path": REPOSITORY, "max_count": COMMITS})
hashes = [line.split()[1] for line in log.splitlines() if line.startswith("Commit: ")]

kept_local = len(log)
lines_added: Counter[str] = Counter()
for revision in hashes:
    diff = await call_mcp_tool("git__git_show", {"repo_path": REPOSITORY, "revision": revision})
    kept_local += len(diff)
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ").removeprefix("b/")
        elif line.startswith("+") and file.endswith(".py"):
            lines_added[file] += 1

summary = [
    f"{len(hashes)} commits, {sum(lines_added.values())} lines of Python added; most of them in:"
]
summary += [f"  {count:>6}  {file}" for file, count in lines_added.most_common(5)]
text = "\n".join(summary)
print(text)
print(f"{kept_local} characters stayed local, {len(text)} were printed")
