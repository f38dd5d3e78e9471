"""References are followed inside their document, and never out of it."""

from __future__ import annotations

from typing import Any

import pytest

from runtime._schema_references import Document

STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("reference", "root"),
    [
        ("#/$defs/A", {"$defs": {"A": STRING}}),
        ("#/definitions/A", {"definitions": {"A": STRING}}),
        ("#/properties/a/items", {"properties": {"a": {"items": STRING}}}),
        ("#/anyOf/1", {"anyOf": [{}, STRING]}),
        ("#/$defs/a~1b~0c", {"$defs": {"a/b~c": STRING}}),
        ("#/$defs/a%20b", {"$defs": {"a b": STRING}}),
        ("#name", {"$defs": {"A": {**STRING, "$anchor": "name"}}}),
        ("#node", {"$defs": {"A": {**STRING, "$dynamicAnchor": "node"}}}),
        ("item", {"$defs": {"A": {**STRING, "$id": "item"}}}),
        ("https://x.example/s#/$defs/A", {"$id": "https://x.example/s", "$defs": {"A": STRING}}),
    ],
)
def test_a_local_reference_leads_to_its_schema(reference: str, root: dict[str, Any]) -> None:
    assert Document(root).resolve(reference)["type"] == "string"


@pytest.mark.parametrize("reference", ["#", "", "https://x.example/s"])
def test_a_reference_to_the_document_leads_to_its_root(reference: str) -> None:
    root = {"$id": "https://x.example/s"}
    assert Document(root).resolve(reference) is root


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.com/other.json",
        "other.json",
        "file:///etc/passwd",
        "#/nowhere",
        "#/type/x",
        "#/anyOf/7",
        "#/anyOf/x",
        "#unknown",
    ],
)
def test_a_reference_out_of_the_document_leads_nowhere(reference: str) -> None:
    with pytest.raises(LookupError):
        Document({"type": "object", "anyOf": [{}]}).resolve(reference)


def test_a_pointer_is_not_followed_where_it_may_be_relative_to_an_embedded_document() -> None:
    root = {"$defs": {"A": STRING, "B": {"$id": "https://x.example/b"}}}
    with pytest.raises(LookupError):
        Document(root).resolve("#/$defs/A")


@pytest.mark.parametrize(
    ("dialect", "legacy"),
    [
        ("http://json-schema.org/draft-07/schema#", True),
        ("http://json-schema.org/draft-04/schema#", True),
        ("https://json-schema.org/draft/2020-12/schema", False),
        (None, False),
        (7, False),
    ],
)
def test_old_drafts_are_told_by_their_dialect(dialect: Any, legacy: bool) -> None:
    assert Document({"$schema": dialect}).legacy is legacy
