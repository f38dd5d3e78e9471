import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

from servers.filesystem import directory_tree, read_text_file

ROOT = "sample_project"


def files(entries: list[dict[str, Any]], folder: str) -> Iterator[str]:
    for entry in entries:
        path = f"{folder}/{entry['name']}"
        if entry["type"] == "directory":
            yield from files(entry["children"], path)
        else:
            yield path


tree = await directory_tree(path=ROOT, excludePatterns=["node_modules"])
paths = [path for path in files(json.loads(tree.content), ROOT) if path.endswith((".ts", ".tsx"))]
texts = await asyncio.gather(*(read_text_file(path=path) for path in paths))

counts = {
    path: len(re.findall(r"\basync\b", text.content))
    for path, text in zip(paths, texts, strict=True)
}
print(f"{sum(map(bool, counts.values()))} of {len(paths)} TypeScript files use async")
for path, count in sorted(counts.items(), key=lambda item: -item[1]):
    if count:
        print(f"{count:>3} {path}")
