"""How much of a TypeScript project is asynchronous, by way of the filesystem server.

    mcp-exec workspace/example_progressive_disclosure.py

Lists a folder, reads its TypeScript files, and counts those that hold ``async``. Whole files pass
through this script, and none of them through the context of whoever runs it.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from runtime.mcp_client import call_mcp_tool

PROJECT = Path(__file__).resolve().parent / "sample_project"


async def main() -> None:
    tree = await ask("directory_tree", path=str(PROJECT))
    paths = [path for path in file_paths(json.loads(tree), PROJECT) if path.suffix == ".ts"]
    sources = await asyncio.gather(*(ask("read_text_file", path=str(path)) for path in paths))

    asynchronous = [
        path.name for path, source in zip(paths, sources, strict=True) if "async" in source
    ]
    summary = (
        f"{len(asynchronous)} of {len(paths)} TypeScript files hold 'async': "
        f"{', '.join(sorted(asynchronous))}"
    )
    kept_local = len(tree) + sum(map(len, sources))
    print(summary)
    print(f"{kept_local} characters stayed local, {len(summary)} were printed")


async def ask(tool: str, **params: str) -> str:
    """The text that a tool of the filesystem server answers with."""
    answer: dict[str, str] = await call_mcp_tool(f"filesystem__{tool}", params)
    return answer["content"]


def file_paths(entries: list[dict[str, Any]], folder: Path) -> list[Path]:
    """The path of every file in a tree as the server describes it."""
    paths: list[Path] = []
    for entry in entries:
        path = folder / entry["name"]
        if entry["type"] == "directory":
            paths += file_paths(entry["children"], path)
        else:
            paths.append(path)
    return paths


if __name__ == "__main__":
    asyncio.run(main())
