"""Foreign names as Python identifiers.

Servers, tools and properties are named by strangers: with dashes, keywords, slashes, nothing at
all. An `Identifier` is the only form in which such a name reaches generated source or a file name,
and it cannot be made from anything that is not one.

A name that is a legal identifier stays as it is, and has the first claim to it. The others get the
nearest legal one; where two meet, the later one (by its own name, never by its position in the
list) gets a suffix from its own hash, so that a name does not change when its neighbours do.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

MAX_BYTES = 200
"""The longest identifier, in UTF-8: with ``.py`` and a hash it still fits a file name."""

MODULE_NAMES = frozenset(
    [
        "Annotated",
        "Any",
        "Exact",
        "Field",
        "Forbidden",
        "Literal",
        "None",
        "OneOf",
        "Opt",
        "TYPE_CHECKING",
        "ToolParams",
        "ToolResult",
        "TypeAlias",
        "annotations",
        "bool",
        "call",
        "dict",
        "float",
        "int",
        "list",
        "make_lazy",
        "str",
        "tool",
    ]
)
"""What generated modules import or write in annotations: shadowed by nothing."""

MODEL_NAMES = frozenset(
    [
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
    ]
)
"""The public attributes of ``pydantic.BaseModel``, which no field may hide."""

FILE_NAMES = frozenset({"discovered_types", "utils"})
"""Modules of a server's package that are not ours."""


class Identifier(str):
    """A legal, public Python identifier: no keyword, no leading underscore, of bounded length."""

    __slots__ = ()

    def __new__(cls, text: str) -> Identifier:
        if not _is_legal(text):
            raise ValueError(f"{text!r} is not a public Python identifier")
        return super().__new__(cls, text)


def _is_legal(text: str) -> bool:
    return (
        text.isidentifier()
        and not text.startswith("_")
        and not keyword.iskeyword(text)
        and (text.isascii() or unicodedata.normalize("NFKC", text) == text)
        and len(text.encode()) <= MAX_BYTES
    )


def identifier(name: str, fallback: str) -> Identifier:
    """The identifier nearest to ``name``; ``fallback`` stands in for (or before) what has none."""
    if _is_legal(name):
        return Identifier(name)
    text = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name)).strip("_")
    if not f"_{text}".isidentifier():  # word characters that Python has in no identifier
        text = re.sub(r"[^0-9A-Za-z_]+", "_", text).strip("_")
    if not text[:1].isidentifier():
        text = f"{fallback}_{text}" if text else fallback
    if keyword.iskeyword(text):
        text += "_"
    if len(text.encode()) > MAX_BYTES:
        text = f"{text[:40]}_{_digest(name)[:8]}"
    return Identifier(text)


def pascal_case(name: str) -> str:
    """``git_log`` as ``GitLog``, ``getFile`` as ``GetFile``, ``none`` as ``None_``."""
    text = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return f"{text}_" if keyword.iskeyword(text) else text


class Names:
    """The names that are taken in one scope, and a free one for whoever asks."""

    def __init__(self, reserved: Iterable[str] = (), *, fold_case: bool = False) -> None:
        self._fold = str.casefold if fold_case else str
        self._taken = {self._fold(name) for name in reserved}

    def take(self, name: str, fallback: str, reserved: Container[str] = ()) -> Identifier:
        """The nearest identifier to ``name`` that is free, and none of the ``reserved``."""
        base = identifier(name, fallback)
        for candidate in self.candidates(name, base):
            if candidate not in reserved and self.claim(candidate):
                break
        return Identifier(candidate)

    def take_numbered(self, name: str) -> Identifier:
        """The first free one of ``name``, ``name2``, ``name3``, and so on."""
        number = 1
        while not self.claim(candidate := name if number == 1 else f"{name}{number}"):
            number += 1
        return Identifier(candidate)

    def claim(self, *names: str) -> bool:
        """Takes exactly ``names``, or none of them; false when not all are free."""
        folded = {self._fold(name) for name in names}
        if folded & self._taken:
            return False
        self._taken |= folded
        return True

    @staticmethod
    def candidates(name: str, base: Identifier) -> Iterator[str]:
        """``base``, and what to call ``name`` where that is taken."""
        yield base
        if base == name:
            yield f"{base}_"
        digest = _digest(name)
        for length in range(4, len(digest) + 1, 4):
            yield f"{base}_{digest[:length]}"


def unique_names(
    names: Iterable[str], fallback: str, reserved: Container[str], scope: Names | None = None
) -> dict[str, Identifier]:
    """A distinct identifier for each name, whatever their order; ``scope`` holds what is taken."""
    scope = scope or Names()
    ordered = sorted(set(names), key=lambda name: (identifier(name, fallback) != name, name))
    return {name: scope.take(name, fallback, reserved) for name in ordered}


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
