"""A first ``discovery_config.json``: the tools that only read, called as their schemas propose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._discovery_safety import only_reads, refusal
from ._schema_keywords import Schema, listed, mapping, strings
from ._schema_references import Document
from ._text import quoted

Tool = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to sample of one server."""

    safe_tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Params by tool."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Why other tools that read are not among them, by tool."""


def propose(tools: Iterable[Tool]) -> Proposal:
    """The tools without an output schema that only read, and params for them.

    A param that must be given gets the value that its schema has as ``default``, first of
    ``examples``, ``const``, or first of ``enum``. No value is made up.
    """
    proposal = Proposal()
    for tool in tools:
        if tool.get("outputSchema") or refusal(tool) is not None:
            continue
        params, missing = _proposed_params(tool)
        if missing:
            names = ", ".join(map(quoted, missing))
            proposal.left_out[tool["name"]] = f"its schema proposes no value for {names}"
        elif not only_reads(tool):
            proposal.left_out[tool["name"]] = (
                "neither its server nor its name says that it only reads"
            )
        else:
            proposal.safe_tools[tool["name"]] = params
    return proposal


def _proposed_params(tool: Tool) -> tuple[dict[str, Any], list[str]]:
    """Values for the params that must be given, and the names of those that get none."""
    document = Document(tool.get("inputSchema"))
    schema = _resolved(document, document.root)
    known = mapping(schema, "properties")
    params, missing = {}, []
    for name in strings(schema.get("required")):
        values = _proposed_values(_resolved(document, known.get(name)))
        if values:
            params[name] = values[0]
        else:
            missing.append(name)
    return params, missing


def _proposed_values(schema: Schema) -> list[Any]:
    values = [schema["default"]] if schema.get("default") is not None else []
    values += listed(schema, "examples", "enum")
    return values + ([schema["const"]] if "const" in schema else [])


def _resolved(document: Document, schema: Any) -> Schema:
    """``schema`` with what it refers to, one step far; nothing where it is no object."""
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    try:
        target = document.resolve(reference)
    except LookupError:
        return schema
    return {**target, **schema} if isinstance(target, dict) else schema
