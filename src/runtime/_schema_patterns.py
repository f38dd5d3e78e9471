"""Patterns of JSON Schema as patterns that pydantic can enforce.

A schema's ``pattern`` is an ECMA-262 regular expression; pydantic reads it with Rust's linear-time
engine, and authors often wrote it for Python's. What all three read alike is kept as it is. A
character class whose members differ (``\\D``, ``\\s``, ...) becomes the widest of its readings.
Anything else is not enforced: better one check too few than a valid value refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

_TOKEN = re.compile(
    r"""(?P<escape>\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.))
      | (?P<open>\[\^?)
      | (?P<group>\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?)))
      | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
      | (?P<plain>[^][\\(*+?{}])""",
    re.VERBOSE | re.DOTALL,
)
_CLASS_TOKEN = re.compile(
    r"(?P<escape>\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.))|(?P<plain>[^\]\\])", re.DOTALL
)
_WIDEST = {
    "d": r"\d",
    "D": "[^0-9]",
    "w": r"\w",
    "W": "[^0-9A-Za-z_]",
    "s": r"[\s\ufeff]",
    "S": r"[\S\x85]",
}
_NARROWEST = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t-\r "}
_SAME = {"t": r"\t", "n": r"\n", "v": r"\x0b", "f": r"\f", "r": r"\r"}
_SET_OPERATOR = re.compile("--|&&|~~")
_SPECIAL = frozenset(r"\.+*?()|[]{}^$-")


class _NotEnforceableError(Exception):
    """The pattern holds something that the three engines do not read alike."""


@lru_cache(maxsize=1024)
def enforceable_pattern(pattern: str) -> str | None:
    """The pattern that pydantic may enforce for the ECMA-262 ``pattern``; None if there is none."""
    try:
        translated = _translate(pattern)
        SchemaValidator(core_schema.str_schema(pattern=translated))
    except (_NotEnforceableError, SchemaError):
        return None
    return translated


def _translate(pattern: str) -> str:
    pieces: list[str] = []
    position, last = 0, "start"
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or (token.lastgroup == "repeat" and last in ("repeat", "start")):
            if pattern[position] not in "]}":
                raise _NotEnforceableError
            piece, position, last = "\\" + pattern[position], position + 1, "plain"
        elif token.lastgroup == "open":
            piece, position = _translate_class(pattern, token)
            last = "class"
        else:
            piece = _escape(token[0], _WIDEST) if token.lastgroup == "escape" else token[0]
            position, last = token.end(), str(token.lastgroup)
        pieces.append(piece)
    return "".join(pieces)


def _translate_class(pattern: str, opening: re.Match[str]) -> tuple[str, int]:
    """The character class that ``opening`` opens, and where the pattern goes on behind it."""
    position, pieces, after_set = opening.end(), [opening[0]], False
    sets = _NARROWEST if opening[0] == "[^" else _WIDEST
    while token := _CLASS_TOKEN.match(pattern, position):
        position = token.end()
        if token.lastgroup == "escape":
            pieces.append(_escape(token[0], sets))
        elif token[0] == "[" or (token[0] == "-" and after_set):
            pieces.append("\\" + token[0])
        else:
            pieces.append(token[0])
        after_set = token.lastgroup == "escape" and token[0][1] in "dDwWsS"
    body = "".join(pieces[1:])
    if not body or pattern[position : position + 1] != "]" or _SET_OPERATOR.search(body):
        raise _NotEnforceableError
    return f"{opening[0]}{body}]", position + 1


def _escape(escape: str, sets: dict[str, str]) -> str:
    character = escape[1]
    if character in "dDwWsS":
        if character not in sets:
            raise _NotEnforceableError
        return sets[character]
    if len(escape) > 2:
        return escape
    if character.isalnum():
        if character not in _SAME:
            raise _NotEnforceableError
        return _SAME[character]
    return "\\" + character if character in _SPECIAL else character
