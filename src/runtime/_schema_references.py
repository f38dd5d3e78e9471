"""Where a ``$ref`` leads: the schema documents that servers send, and the places inside them.

A tool's schema is one document, of JSON Schema 2020-12 unless ``$schema`` says otherwise (MCP,
"Tools"). A reference is followed when it points into that document; nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from ._schema_keywords import Schema

_LEGACY = re.compile(r"draft-0[3-7]")


class Document:
    """One schema document."""

    def __init__(self, root: Any) -> None:
        self.root = root
        dialect = root.get("$schema") if isinstance(root, dict) else None
        self.legacy = isinstance(dialect, str) and _LEGACY.search(dialect) is not None
        """Draft 7 or older: a ``$ref`` hides what is beside it, ``prefixItems`` means nothing."""

    def resolve(self, reference: str) -> Any:
        """The schema at ``reference``: a pointer, an anchor, or the ``$id`` of a part.

        Raises LookupError where the reference leads out of the document, or to nothing.
        """
        if reference in ("", "#", self._identity):
            return self.root
        local = reference.removeprefix(self._identity) if self._identity else reference
        if local.startswith("#/") and not self._has_embedded_documents:
            return self._follow(unquote(local[2:]).split("/"))
        return self._anchors[local]

    def _follow(self, pointer: list[str]) -> Any:
        place = self.root
        for token in pointer:
            key = token.replace("~1", "/").replace("~0", "~")
            try:
                place = place[int(key)] if isinstance(place, list) else place[key]
            except (TypeError, ValueError) as e:
                raise LookupError(f"{token!r} leads nowhere") from e
        return place

    @cached_property
    def _identity(self) -> str:
        identity = self.root.get("$id") if isinstance(self.root, dict) else None
        return identity.rstrip("#") if isinstance(identity, str) else ""

    @cached_property
    def _anchors(self) -> dict[str, Schema]:
        anchors: dict[str, Schema] = {}
        for schema in objects_in(self.root):
            for keyword, prefix in (("$anchor", "#"), ("$dynamicAnchor", "#"), ("$id", "")):
                name = schema.get(keyword)
                if isinstance(name, str):
                    anchors.setdefault(prefix + name, schema)
        return anchors

    @cached_property
    def _has_embedded_documents(self) -> bool:
        """Whether a part has an ``$id`` of its own, to which its pointers would be relative."""
        return any(
            isinstance(schema.get("$id"), str) and not schema["$id"].startswith("#")
            for schema in objects_in(self.root)
            if schema is not self.root
        )


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in ``value``, from the outside in."""
    pending = [value]
    while pending:
        place = pending.pop()
        if isinstance(place, dict):
            yield place
            pending.extend(place.values())
        elif isinstance(place, list):
            pending.extend(place)
