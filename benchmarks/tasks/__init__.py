"""Five tasks as an agent would do them: what it reads, and the script that it writes.

A script here is what was written after reading `Task.reads`, and runs as it is under ``mcp-exec``.
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
SERVERS = ["everything", "fetch", "filesystem", "git", "memory"]
"""The servers that the tasks use."""


class Task(NamedTuple):
    """A task for an agent that finds its tools as files."""

    name: str
    request: str
    reads: list[str]
    """The files below ``src/servers`` that the agent opens after the index, in order: also those
    of tools that it then does without."""

    @property
    def script(self) -> Path:
        """The script that does it."""
        return FOLDER / f"{self.name}.py"


TASKS = [
    Task(
        "git_history",
        "Which files were changed most often in the last 20 commits, and by whom?",
        ["git/README.md", "git/git_log.py", "git/git_show.py"],
    ),
    Task(
        "async_typescript",
        "Which TypeScript files of the project use async, and how often?",
        [
            "filesystem/README.md",
            "filesystem/search_files.py",
            "filesystem/directory_tree.py",
            "filesystem/read_text_file.py",
        ],
    ),
    Task(
        "page_headings",
        "Fetch this reference page. How many headings has each level, which section is longest?",
        ["fetch/README.md", "fetch/fetch.py"],
    ),
    Task(
        "dependency_graph",
        "Your memory holds the packages we depend on. What would break without anyio? Note it.",
        ["memory/README.md", "memory/read_graph.py", "memory/add_observations.py"],
    ),
    Task(
        "weather_report",
        "Write the weather of New York, Chicago and Los Angeles into weather.csv.",
        [
            "everything/README.md",
            "everything/get_structured_content.py",
            "filesystem/README.md",
            "filesystem/write_file.py",
        ],
    ),
]
