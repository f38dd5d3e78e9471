"""The answer to a ``tools/call``, as it came over the wire, turned into a plain Python value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ._text import printable
from .exceptions import ToolExecutionError


def unwrap_result(
    result: Mapping[str, Any],
    output_schema: Mapping[str, Any] | None,
    shown: Callable[[str], str] = printable,
) -> Any:
    """The value that a script gets for ``result``, a ``CallToolResult`` in its wire form.

    Structured content when there is any, taken out of its ``{"result": ...}`` envelope where
    ``output_schema`` declares one; else the text of a single text block, parsed when it is a JSON
    object or array; else the list of content blocks, nothing dropped. An object with an attribute
    ``value`` (not a dict with that key) gives that attribute, as the TypeScript runtime does.
    ``shown`` makes the server's words safe for the message of an error.

    Raises:
        ToolExecutionError: the server marked the answer as an error (``isError``), or asks for
            something instead (``resultType``, protocol 2026-07-28).
    """
    if result.get("resultType", "complete") != "complete":
        raise ToolExecutionError(
            "the tool asks for input from a user before it answers, which a script cannot give"
        )
    content = result.get("content") or []
    if result.get("isError"):
        blocks = content if isinstance(content, list) else [content]
        raise ToolExecutionError(shown(_error_text(blocks)), content=blocks)
    structured = result.get("structuredContent")
    if structured is None:
        value = _content_value(content)
    elif _is_enveloped(structured, output_schema):
        value = structured["result"]
    else:
        value = structured
    return getattr(value, "value", value)


def is_result_envelope(output_schema: Mapping[str, Any]) -> bool:
    """Whether a schema is the envelope that the SDK's servers put around results that are no
    objects: an object with the one property ``result``, which is required, and no others."""
    properties = output_schema.get("properties")
    return (
        isinstance(properties, Mapping)
        and list(properties) == ["result"]
        and output_schema.get("required") == ["result"]
        and output_schema.get("additionalProperties", False) is False
    )


def _error_text(content: list[Any]) -> str:
    """The words of an error answer: its text blocks, else its content as JSON."""
    if not content:
        return "the tool reported an error without a word about it"
    texts = [block["text"] for block in content if _is_text_block(block)]
    return "\n".join(texts) or json.dumps(content)


def _is_enveloped(structured: Any, output_schema: Mapping[str, Any] | None) -> bool:
    return (
        output_schema is not None
        and is_result_envelope(output_schema)
        and isinstance(structured, dict)
        and list(structured) == ["result"]
    )


def _content_value(content: Any) -> Any:
    if isinstance(content, list) and len(content) == 1 and _is_text_block(content[0]):
        return _parsed(content[0]["text"])
    return content


def _is_text_block(block: Any) -> bool:
    return (
        isinstance(block, dict)
        and block.get("type") == "text"
        and isinstance(block.get("text"), str)
    )


def _parsed(text: str) -> Any:
    """The JSON object or array that ``text`` is, else ``text`` itself: ``"5"`` stays text."""
    if not text.lstrip(" \t\r\n").startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
