"""Foreign text as Python source: literals, docstrings and comments.

`Code` is text that may be written into a module. What servers say becomes `Code` only through the
functions here, each of which yields source that says exactly that and does nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any


class Code(str):
    """Python source that is safe to write: our own, or made from foreign text by this module."""

    __slots__ = ()


_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}

# A comment that a tool would read as an order, as ``# type: ignore`` is to mypy.
_DIRECTIVE = re.compile(
    r"\s*((type|mypy|pyright|pyre|pytype|pylint|pragma|fmt|yapf|isort|ruff|flake8|black)\s*[:=]"
    r"|(noqa|nosec)\b)",
    re.IGNORECASE,
)


def literal(value: Any) -> Code:
    """The expression whose value is the JSON value ``value``."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float) and not math.isfinite(value):
        return Code(f'float("{value}")')
    if isinstance(value, Mapping):
        return Code("{" + ", ".join(f"{_string(k)}: {literal(v)}" for k, v in value.items()) + "}")
    if isinstance(value, list | tuple):
        return Code("[" + ", ".join(map(literal, value)) + "]")
    if value is None or isinstance(value, bool | int | float):
        return Code(repr(value))
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def pattern_literal(pattern: str) -> Code:
    """The expression whose value is ``pattern``, as a raw string where one can say it."""
    raw = "\\" in pattern and pattern.isprintable() and '"' not in pattern and pattern[-1] != "\\"
    return Code(f'r"{pattern}"') if raw else _string(pattern)


def docstring(text: str, indent: str) -> Code:
    """The statement that documents the enclosing block with ``text``, at that indentation."""
    lines = [_escape(line, '"' if '"""' in f'{line}""' else "") for line in _tidy_lines(text)]
    body = "\n".join([lines[0], *(line and indent + line for line in lines[1:])])
    end = f"\n{indent}" if len(lines) > 1 else ""
    return Code(f'{indent}"""{body}{end}"""\n')


def comment(text: str, indent: str) -> Code:
    """The comment lines that show ``text``, at that indentation; no tool takes them for orders."""
    return Code("".join(f"{indent}# {_comment_line(line)}\n" for line in _tidy_lines(text) if line))


def _string(text: str) -> Code:
    quote = "'" if '"' in text and "'" not in text else '"'
    return Code(quote + _escape(text, quote) + quote)


def _escape(text: str, quote: str) -> str:
    if text.isprintable() and "\\" not in text and (not quote or quote not in text):
        return text
    return "".join("\\" + c if c == quote else _escape_character(c) for c in text)


def _escape_character(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _comment_line(line: str) -> str:
    if not line.isprintable():
        line = "".join(c if c.isprintable() else _escape_character(c) for c in line)
    return f"| {line}" if _DIRECTIVE.match(line) else line


def _tidy_lines(text: str) -> list[str]:
    """The lines of ``text``, at least one, less their indentation and runs of empty ones."""
    lines = [line.rstrip() for line in text.expandtabs(4).strip().splitlines()] or [""]
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line), default=0)
    lines = [lines[0], *(line[margin:] for line in lines[1:])]
    return [line for i, line in enumerate(lines) if not i or line or lines[i - 1]]
