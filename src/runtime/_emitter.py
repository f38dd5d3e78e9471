"""JSON Schema as Pydantic classes: the emitter.

One `Emitter` turns one schema document into types and into the classes that they name. It says in
Python what the schema says, or less: what it does not know becomes ``Any``, never a narrower type,
so that no value that the server means to allow is refused.

Two objects with the same fields become one class. Classes come out in the order in which Python
must see them; only recursive ones refer forward.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from ._emit_constraints import field_call
from ._emit_source import Code, comment, docstring, literal
from ._emit_types import (
    ANY,
    BOOLEAN,
    FORBIDDEN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    PyType,
    annotated,
    class_type,
    dict_of,
    list_of,
    one_of,
    union,
)
from ._naming import (
    MODEL_NAMES,
    MODULE_NAMES,
    Identifier,
    Names,
    identifier,
    pascal_case,
    unique_names,
)
from ._schema_conjunction import NOTE, both, either, flatten
from ._schema_keywords import (
    KINDS,
    Schema,
    adds_types,
    choices,
    class_key,
    has_choices,
    has_fields,
    is_closed,
    is_never,
    kinds_of,
    listed,
    mapping,
    property_schema,
    says_type,
    strings,
    without_alternatives,
)
from ._schema_references import Document, objects_in

Role = Literal["ToolParams", "ToolResult"]
"""The base class: of what is sent, or of what comes back."""

_INDENT = "    "
_MAX_DEPTH = 40
_MAX_CODE = 20_000
_MAX_CLASSES = 1_000
_DISTINCT_KINDS = tuple(kind for kind in KINDS if kind != "integer")
_SCALARS = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "null": NULL,
}


class Emitter:
    """The types of one schema document, and the source of the classes that they name."""

    def __init__(self, root: Any, role: Role, names: Names) -> None:
        self.classes: list[Code] = []
        self.imports: set[str] = set()
        """The names that ``classes`` need."""
        self.refers_forward = False
        """Whether a class names one that comes behind it."""
        self._document = Document(root)
        self._role = role
        self._names = names
        self._known: dict[str, Identifier] = {}
        self._unfinished: set[Identifier] = set()
        self._referred: dict[str, PyType | None] = {}
        self._depth = 0
        self._notes: list[str] = []
        self._keep_free_for_fields(root)

    def root_class(self, name: Identifier) -> dict[Identifier, bool]:
        """Emits the root as the class ``name``, whatever else than an object it may allow.

        Returns its fields, and of each whether it is required.
        """
        flat = flatten(self._document, self._document.root)
        alternatives = self._alternatives(flat)
        objects = [each for each in alternatives if "object" in kinds_of(each, KINDS)]
        rest = without_alternatives(flat)
        if self._is_class(flat):
            self._known[class_key(flat)] = name
        return self._emit_class(name, both(rest, either(objects)) if objects else rest)

    def named_type(self, schema: Any, name: Identifier, told: str = "") -> PyType:
        """The type of ``schema``, the root or a part of it; if that is a class, it is ``name``, and
        ``told`` its docstring. A schema that nothing fits cannot be meant: it says nothing."""
        flat = flatten(self._document, schema)
        if not self._is_class(flat):
            kind = self.type_of(schema, name)
            return ANY if kind == FORBIDDEN else kind
        self._known[class_key(flat)] = name
        self._emit_class(name, flat, told)
        return class_type(name)

    def type_of(self, schema: Any, hint: str) -> PyType:
        """The type of the values that fit ``schema``; a new class is called ``hint``, or nearly
        so."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or says_type(schema):
            return self._bounded(schema, hint)
        hint = pascal_case(identifier(reference.rpartition("/")[2], "item"))
        if reference not in self._referred:
            self._referred[reference] = None
            self._referred[reference] = self._bounded({"$ref": reference}, hint)
        return self._referred[reference] or self._recursive_type(reference, hint)

    def field(self, name: Identifier, alias: str, schema: Any, *, required: bool) -> Code:
        """The declaration of one field, below a comment with what the schema tells of it."""
        kind = self.type_of(schema, pascal_case(identifier(alias, "item")))
        flat = flatten(self._document, schema)
        annotation, default = _declared(kind, flat, required=required)
        self.imports |= kind.names | ({"Opt"} if annotation.startswith("Opt[") else set())
        if name != alias:
            annotation = f"Annotated[{annotation}, Field(alias={literal(alias)})]"
            self.imports |= {"Annotated", "Field"}
        told = comment(_told(flat, self._notes), _INDENT)
        self._notes.clear()
        return Code(f"{told}{_INDENT}{name}: {annotation}{default}\n")

    def _keep_free_for_fields(self, root: Any) -> None:
        """Takes the property names that classes could have: a field would hide such a class."""
        for part in objects_in(root):
            for name in mapping(part, "properties"):
                if not name[:1].islower():
                    self._names.claim(name)

    def _recursive_type(self, reference: str, hint: str) -> PyType:
        """The type of a schema inside itself: only a class can refer to itself."""
        flat = flatten(self._document, {"$ref": reference})
        return self._class(flat, hint) if self._is_class(flat) else ANY

    def _is_class(self, flat: Schema) -> bool:
        return kinds_of(flat) == ["object"] and has_fields(flat) and not self._alternatives(flat)

    def _bounded(self, schema: Any, hint: str) -> PyType:
        """The type of ``schema``; ``Any`` where it nests too deep or grows too long for Python."""
        if self._depth >= _MAX_DEPTH:
            return ANY
        self._depth += 1
        kind = self._type(flatten(self._document, schema), hint)
        self._depth -= 1
        return kind if len(kind.code) <= _MAX_CODE else ANY

    def _type(self, flat: Schema, hint: str) -> PyType:
        if NOTE in flat:
            self._notes.append(flat[NOTE])
        if is_never(flat):
            return FORBIDDEN
        if has_choices(flat):
            return one_of(choices(flat))
        if alternatives := self._alternatives(flat):
            return self._type_of_alternatives(flat, alternatives, hint)
        kinds = kinds_of(flat, _DISTINCT_KINDS if says_type(flat) else ())
        return union(self._type_of_kind(kind, flat, hint) for kind in kinds) if kinds else ANY

    def _alternatives(self, flat: Schema) -> list[Schema]:
        return [flatten(self._document, each) for each in listed(flat, "anyOf", "oneOf")]

    def _type_of_alternatives(self, flat: Schema, alternatives: list[Schema], hint: str) -> PyType:
        rest = without_alternatives(flat)
        if not says_type(rest):
            return union(self.type_of(each, hint) for each in listed(flat, "anyOf", "oneOf"))
        if not any(map(adds_types, alternatives)):
            return self._type(rest, hint)
        return union(self._bounded(both(rest, each), hint) for each in alternatives)

    def _type_of_kind(self, kind: str, flat: Schema, hint: str) -> PyType:
        if kind == "object" and has_fields(flat):
            return self._class(flat, hint)
        if kind == "object":
            base, flat = self._map(flat, hint)
        elif kind == "array":
            base, flat = self._array(flat, hint)
        else:
            base = _SCALARS.get(kind, ANY)
        return annotated(base, field_call(kind, flat), names={"Field"})

    def _array(self, flat: Schema, hint: str) -> tuple[PyType, Schema]:
        """Arrays as ``list``, also where the first items have schemas of their own: JSON Schema
        lets them be shorter, which no ``tuple`` does. Also what then holds of their length."""
        first, rest = listed(flat, "prefixItems"), flat.get("items", True)
        if self._document.legacy or isinstance(rest, list):
            first = listed(flat, "items")
            rest = flat.get("additionalItems", True) if first else flat.get("items", True)
        if rest is False:
            flat = both(flat, {"maxItems": len(first)})
        items = first if first and rest is False else [*first, rest]
        return list_of(union(self.type_of(item, f"{hint}Item") for item in items)), flat

    def _map(self, flat: Schema, hint: str) -> tuple[PyType, Schema]:
        """Objects of which no property is known by name; also what then holds of their size."""
        patterns = mapping(flat, "patternProperties")
        names = flatten(self._document, flat.get("propertyNames", True))
        if is_closed(flat):
            return dict_of(STRING, ANY), both(flat, {"maxProperties": 0})
        if len(patterns) == 1 and flat.get("additionalProperties") is False:
            names = both({"pattern": next(iter(patterns))}, names)
        key = self._bounded(both({"type": "string"}, names), hint)
        return dict_of(key, self._value_type(flat, hint)), flat

    def _value_type(self, flat: Schema, hint: str) -> PyType:
        """The type of the properties that no name is known of."""
        schemas = [*mapping(flat, "patternProperties").values()]
        other = flat.get("additionalProperties", True)
        if other is not False or not schemas:
            schemas.append(other)
        return union(self.type_of(each, f"{hint}Value") for each in schemas)

    def _class(self, flat: Schema, hint: str) -> PyType:
        key = class_key(flat)
        if key not in self._known:
            if len(self._known) >= _MAX_CLASSES:
                return ANY
            self._known[key] = self._names.take_numbered(hint)
            self._emit_class(self._known[key], flat)
        name = self._known[key]
        self.refers_forward = self.refers_forward or name in self._unfinished
        return class_type(name)

    def _emit_class(self, name: Identifier, flat: Schema, told: str = "") -> dict[Identifier, bool]:
        """Writes the class, behind the classes of its fields."""
        self._unfinished.add(name)
        outer, self._notes = self._notes, []
        others = self._others(flat, name)
        required = strings(flat.get("required"))
        properties = _properties(flat, required)
        names = unique_names(properties, "field", MODEL_NAMES | MODULE_NAMES)
        fields = [
            self.field(names[each], each, schema, required=each in required)
            for each, schema in properties.items()
        ]
        opening = docstring(told, _INDENT) + "\n" if told else ""
        body = opening + "".join(fields) or f"{_INDENT}pass\n"
        self.imports.add(self._role)
        self.classes.append(Code(f"class {name}({self._role}{others}):\n{body}"))
        self._notes = outer
        self._unfinished.discard(name)
        return {names[each]: each in required for each in properties}

    def _others(self, flat: Schema, name: Identifier) -> str:
        """What the class statement says of properties that have no field."""
        if is_closed(flat):
            return ', extra="forbid"'
        if flat.get("additionalProperties") is None and not mapping(flat, "patternProperties"):
            return ""
        kind = self._value_type(flat, name)
        if kind.is_any and self._role == "ToolResult":
            return ""
        self.imports |= kind.names
        return f", others={self._as_expression(kind)}"

    def _as_expression(self, kind: PyType) -> str:
        """The type outside of an annotation: quoted where Python, or a type checker, could not
        evaluate it there."""
        code = kind.code
        unfinished = any(re.search(rf"\b{name}\b", code) for name in self._unfinished)
        return literal(code) if unfinished or "Annotated[" in code else code


def _properties(flat: Schema, required: list[str]) -> Schema:
    """The properties that get a field: all that are named, but for those that are forbidden like
    any other."""
    schemas = {
        name: property_schema(flat, name) for name in [*mapping(flat, "properties"), *required]
    }
    if not is_closed(flat):
        return schemas
    return {name: each for name, each in schemas.items() if each is not False or name in required}


def _declared(kind: PyType, flat: Schema, *, required: bool) -> tuple[str, str]:
    """The annotation and the default of a field.

    ``Opt[T]`` is a ``T`` that may be left out, and only that; ``T | None`` may also be null.
    """
    if required:
        return kind.code, ""
    if "default" in flat and kind.admits(flat["default"]):
        return kind.code, f" = {literal(flat['default'])}"
    return (kind.code if kind.nullable else f"Opt[{kind.code}]"), " = None"


def _told(flat: Schema, notes: list[str]) -> str:
    """What to tell readers of a field, beyond its type."""
    description, kind = flat.get("description"), flat.get("format")
    said = [description] if isinstance(description, str) else []
    if isinstance(kind, str) and "string" in kinds_of(flat):
        said.append(f"({kind})")
    return " ".join(said + [f"Any value: {note}." for note in notes])
