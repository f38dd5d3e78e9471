"""The tools a server lists, freed of what is malformed, and the check of their results."""

from __future__ import annotations

import functools
import json
import logging
from typing import Any

from ._text import printable, quoted

logger = logging.getLogger(__name__)

Tool = dict[str, Any]
"""A tool as the server lists it: the keys of the wire (``name``, ``inputSchema``, ...)."""

_FIELD_TYPES: dict[str, type] = {
    "title": str,
    "description": str,
    "inputSchema": dict,
    "outputSchema": dict,
    "annotations": dict,
}


class Listing:
    """The pages of one ``tools/list``, as they come in (protocol section "Pagination")."""

    def __init__(self, label: str) -> None:
        self.tools: list[Tool] = []
        self.cursor: str | None = None
        """Where the next page starts; an empty string is a cursor like any other."""
        self.more = True
        self._label = label
        self._names: set[str] = set()
        self._cursors: set[str] = set()

    def add(self, page: dict[str, Any]) -> None:
        """Takes in one page; malformed tools and names seen before are left out with a warning."""
        tools = page.get("tools")
        if not isinstance(tools, list):
            logger.warning("%s: a page of tools/list holds no list of tools", self._label)
            tools = []
        for tool in tools:
            self._add_tool(tool)
        self._turn_to(page.get("nextCursor"))

    def _add_tool(self, tool: Any) -> None:
        problem = _problem(tool)
        if problem is None and tool["name"] in self._names:
            problem = f"a second tool named {quoted(tool['name'])}"
        if problem is not None:
            logger.warning("%s: left out of its tools: %s", self._label, problem)
            return
        self._names.add(tool["name"])
        self.tools.append(self._without_malformed_fields(tool))

    def _without_malformed_fields(self, tool: Tool) -> Tool:
        kept = {}
        for key, value in tool.items():
            if value is None or isinstance(value, _FIELD_TYPES.get(key, object)):
                kept[key] = value
            else:
                name = quoted(tool["name"])
                logger.warning("%s: tool %s: ignoring its malformed %s", self._label, name, key)
        kept["inputSchema"] = kept.get("inputSchema") or {"type": "object"}
        return kept

    def _turn_to(self, cursor: Any) -> None:
        self.more = isinstance(cursor, str) and cursor not in self._cursors
        if isinstance(cursor, str):
            if not self.more:
                logger.warning("%s: tools/list repeats a cursor; stopping there", self._label)
            self._cursors.add(cursor)
            self.cursor = cursor


def _problem(tool: Any) -> str | None:
    """Why ``tool`` cannot be used at all, or None."""
    if not isinstance(tool, dict):
        return f"something that is no object: {quoted(json.dumps(tool))}"
    if not isinstance(tool.get("name"), str):
        return f"a tool whose name is no string: {quoted(json.dumps(tool.get('name')))}"
    if not isinstance(tool.get("inputSchema", {}), dict):
        return f"{quoted(tool['name'])}, whose inputSchema is no object"
    return None


def output_mismatch(tool: Tool, result: dict[str, Any]) -> str | None:
    """Why the structured content of ``result`` does not fit the tool's output schema, or None.

    A schema that cannot be checked (malformed, a remote ``$ref``) finds nothing, and is logged: the
    answer is never lost. Nothing is fetched. Patterns are not checked: they are regular expressions
    of another language, and in Python's one of them can take for ever, with the interpreter locked.
    """
    schema = tool.get("outputSchema")
    if not schema or result.get("isError"):
        return None
    if result.get("structuredContent") is None:
        return "the tool declares an output schema, and its answer has no structured content"
    from jsonschema.exceptions import ValidationError, best_match

    try:
        error = best_match(_validator(json.dumps(schema)).iter_errors(result["structuredContent"]))
    except Exception as problem:  # noqa: BLE001 - what a foreign schema raises has no end
        kind = type(problem).__name__
        logger.warning("tool %s: cannot check its output schema: %s", quoted(tool["name"]), kind)
        return None
    if not isinstance(error, ValidationError):
        return None
    return f"{error.json_path}: {printable(error.message, 500)}"


@functools.lru_cache(maxsize=256)
def _validator(schema_text: str) -> Any:
    """A compiled validator. Compiling costs some sixty times as much as using it."""
    from jsonschema import validators
    from referencing import Registry

    schema = json.loads(schema_text)
    standard = validators.validator_for(schema, default=validators.Draft202012Validator)
    standard.check_schema(schema)

    def where_no_pattern_decides(keyword: str) -> Any:
        def check(validator: Any, value: Any, instance: Any, parent: Any) -> Any:
            if "patternProperties" in parent:
                return ()
            return standard.VALIDATORS[keyword](validator, value, instance, parent)

        return check

    without_patterns = {
        keyword: where_no_pattern_decides(keyword)
        for keyword in ("additionalProperties", "unevaluatedProperties")
        if keyword in standard.VALIDATORS
    } | dict.fromkeys(("pattern", "patternProperties"), lambda *_: ())
    extend: Any = validators.extend  # it has no types
    return extend(standard, without_patterns)(schema, registry=Registry())
