"""Foreign text made safe to show: a server's words reach a message only through here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

MESSAGE_LIMIT = 10_000
"""Characters of foreign text that one message shows at most."""

# C0 and C1 controls but for tab and newline, and what reorders or hides text: direction marks,
# zero-width characters, tags.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORTEST_SECRET = 6


def printable(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """``text`` with control characters and direction marks escaped, cut after ``limit``."""
    shown = _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text[:limit])
    rest = len(text) - limit
    return shown if rest <= 0 else f"{shown}… ({rest} more characters)"


def quoted(name: object, limit: int = 200) -> str:
    """A foreign name between quotes, on one line."""
    return "'" + printable(str(name), limit).replace("\n", "\\n") + "'"


def redacted(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every value of ``secrets`` of six or more characters replaced by ``***``."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the closest of ``known``, or all of them where none is close."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(quoted(candidate) for candidate in near) + "?"
    if not names:
        return "there are none"
    shown = ", ".join(quoted(candidate) for candidate in names[:20])
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"known: {shown}{more}"
