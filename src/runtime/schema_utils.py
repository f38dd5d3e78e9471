"""JSON Schema as Python types and Pydantic classes, for callers outside the emitter.

>>> print(json_schema_to_pydantic_field("max_count", {"type": "integer", "minimum": 1}).declaration)
max_count: Opt[Annotated[int, Field(ge=1)]] = None

What the names in such source mean (``Opt``, ``Exact``, ...) is in `runtime.tool`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._emit_module import import_lines, type_alias
from ._emit_source import Code
from ._emitter import Emitter, Role
from ._naming import MODEL_NAMES, MODULE_NAMES, Identifier, Names, identifier


@dataclass(frozen=True, slots=True)
class PydanticField:
    """The source of one field of a Pydantic model."""

    declaration: str
    """``name: annotation = default``, below a comment with the schema's description."""
    models: list[Code]
    """The classes that the annotation names, in the order in which Python must see them."""
    imports: frozenset[str]
    """The names that both use: from ``typing``, ``pydantic`` and ``runtime.tool``."""


def json_schema_to_pydantic_field(
    name: str, schema: Any, required: bool = False, root: Any = None
) -> PydanticField:
    """The field for the property ``name``, whose JSON Schema is ``schema``.

    ``root`` is the document that ``$ref`` points into, ``schema`` itself when None. A name that is
    no identifier, or hides an attribute of Pydantic's models, gets an alias.
    """
    emitter = Emitter(schema if root is None else root, "ToolParams", Names(MODULE_NAMES))
    field_name = Names().take(name, "field", MODEL_NAMES | MODULE_NAMES)
    declaration = emitter.field(field_name, name, schema, required=required)
    source = textwrap.dedent(declaration).rstrip()
    return PydanticField(source, emitter.classes, frozenset(emitter.imports))


def generate_pydantic_model(
    model_name: str, schema: Any, description: str | None = None, role: Role = "ToolResult"
) -> str:
    """The source of a module that defines ``model_name``: a class for a schema of objects, else
    another type; see `generate_pydantic_models`."""
    told = {model_name: description} if description else {}
    return generate_pydantic_models({model_name: schema}, told, role)


def generate_pydantic_models(
    schemas: Mapping[str, Any],
    descriptions: Mapping[str, str] | None = None,
    role: Role = "ToolResult",
) -> str:
    """The source of a module that defines a type for each of ``schemas``, by the type's name.

    Each schema is a document of its own. ``descriptions`` become docstrings, by the same names.
    """
    names = {name: identifier(name, "Model") for name in schemas}
    scope = Names([*MODULE_NAMES, *names.values()])
    parts: list[Code] = []
    imports: set[str] = set()
    refers_forward = False
    for name, schema in schemas.items():
        emitter = Emitter(schema, role, scope)
        kind = emitter.named_type(schema, names[name], (descriptions or {}).get(name, ""))
        alias, needed = type_alias(names[name], kind)
        parts += [*emitter.classes, *alias]
        imports |= emitter.imports | needed
        refers_forward = refers_forward or emitter.refers_forward
    return "\n\n".join([import_lines(imports, refers_forward=refers_forward), *parts])


def sanitize_name(name: str) -> Identifier:
    """The legal, public Python identifier nearest to ``name``.

    >>> sanitize_name("my-tool"), sanitize_name("class"), sanitize_name("2fa")
    ('my_tool', 'class_', 'name_2fa')
    """
    return identifier(name, "name")
