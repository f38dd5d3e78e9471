"""JSON as people write it in config files: with comments, and commas before closing brackets."""

from __future__ import annotations

import json
import re
from typing import Any

from .exceptions import ConfigurationError

# A string, or something that plain JSON does not have: comments, a comma before a closing bracket.
# The groups are atomic: a line of slashes could be read as comments in exponentially many ways.
_STRING_OR_EXTRA = re.compile(
    r'"(?:\\.|[^"\\])*"' r"|//[^\n]*|/\*.*?\*/" r"|,(?=(?>\s|//[^\n]*|/\*.*?\*/)*+[}\]])",
    re.DOTALL,
)


def parse_jsonc(text: str, origin: str) -> Any:
    """The value that ``text`` holds.

    Raises:
        ConfigurationError: it is not JSON; names ``origin``, line and column.
    """
    try:
        return json.loads(_plain_json(text))
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{origin}: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise ConfigurationError(f"{origin}: nested too deeply") from None
    except ValueError:
        raise ConfigurationError(f"{origin}: holds a number that is too long") from None


def _plain_json(text: str) -> str:
    """``text`` without comments and trailing commas, every other character at its old place."""

    def blank(match: re.Match[str]) -> str:
        found = match[0]
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return _STRING_OR_EXTRA.sub(blank, text.removeprefix("\ufeff"))
