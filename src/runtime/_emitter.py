"""JSON Schema as Pydantic classes: the emitter.

One `Emitter` turns one schema document into types and into the classes that they name. It
validates nothing: it says in Python what the schema says, or less. What it does not know becomes
`Any`, never a narrower type, so that no value that the server means to allow is refused.

Two objects with the same fields become one class. Classes come out in the order in which Python
must see them; only recursive ones refer forward.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from ._conjunction import (
    NOTE,
    both,
    choices,
    either,
    flatten,
    is_never,
    mapping,
    property_schema,
    strings,
)
from ._constraints import field_call
from ._naming import (
    MODEL_NAMES,
    MODULE_NAMES,
    Identifier,
    Names,
    identifier,
    pascal_case,
    unique_names,
)
from ._python_types import (
    ANY,
    BOOLEAN,
    FORBIDDEN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    PyType,
    annotated,
    atom,
    dict_of,
    list_of,
    union,
)
from ._references import Document, Schema, objects_in
from ._source import Code, comment, literal

Role = Literal["ToolParams", "ToolResult"]
"""The base class: of what is sent, or of what comes back."""

_INDENT = "    "
_MAX_DEPTH = 40
_MAX_CODE = 20_000
_MAX_CLASSES = 1_000

_KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")
_SCALARS = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "null": NULL,
}
_PYTHON_OF_KINDS: tuple[tuple[tuple[str, ...], type], ...] = (
    (("boolean",), bool),
    (("integer", "number"), int),
    (("number",), float),
    (("string",), str),
    (("null",), type(None)),
    (("array",), list),
    (("object",), dict),
)
_TYPE_OF_VALUE = {float: NUMBER, list: list_of(ANY), dict: dict_of(STRING, ANY)}

_OF_OBJECTS = frozenset(
    "additionalProperties dependentSchemas if patternProperties properties propertyNames required"
    " unevaluatedProperties".split()
)
_TYPED = _OF_OBJECTS | frozenset(
    "type enum const anyOf oneOf minLength maxLength pattern minimum maximum exclusiveMinimum"
    " exclusiveMaximum multipleOf items prefixItems minItems maxItems minProperties"
    " maxProperties".split()
)
_UNTYPED = frozenset("required not title description $comment examples".split())
"""Keywords of an alternative that adds no types."""


class Emitter:
    """The types of one schema document, and the source of their classes."""

    def __init__(self, root: Any, role: Role, names: Names) -> None:
        self.classes: list[Code] = []
        self.imports: set[str] = {role}
        self.refers_forward = False
        self._document = Document(root)
        self._role = role
        self._names = names
        self._known: dict[str, Identifier] = {}
        self._unfinished: set[Identifier] = set()
        self._referred: dict[str, PyType | None] = {}
        self._depth = 0
        self._notes: list[str] = []
        for part in objects_in(root):
            for name in mapping(part, "properties"):
                if not name[:1].islower():
                    names.claim(name)  # a field would hide the class

    def root_class(self, name: Identifier) -> None:
        """Emits the root as the class `name`, whatever else than an object it may allow."""
        flat = flatten(self._document, self._document.root)
        rest = {key: value for key, value in flat.items() if key not in ("anyOf", "oneOf")}
        objects = [each for each in self._alternatives(flat) if "object" in _kinds(each, _KINDS)]
        self._emit_class(name, both(rest, either(objects)) if objects else rest)

    def named_type(self, schema: Any, name: Identifier) -> PyType:
        """The type of `schema`, the root or a part of it; where that is a class, it is `name`."""
        flat = flatten(self._document, schema)
        if not self._is_class(flat):
            return self.type_of(schema, name)
        self._known[_key(flat)] = name
        self._emit_class(name, flat)
        return self._reference(name)

    def type_of(self, schema: Any, hint: str) -> PyType:
        """The type of the values that fit `schema`; a new class is called `hint`, or nearly so."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or _says_type(schema):
            return self._bounded(schema, hint)
        hint = pascal_case(identifier(reference.rpartition("/")[2], "item"))
        if reference not in self._referred:
            self._referred[reference] = None
            self._referred[reference] = self._bounded({"$ref": reference}, hint)
        return self._referred[reference] or self._recursive_type(reference, hint)

    def _recursive_type(self, reference: str, hint: str) -> PyType:
        """The type of a schema inside itself: only a class can refer to itself."""
        flat = flatten(self._document, {"$ref": reference})
        return self._class(flat, hint) if self._is_class(flat) else ANY

    def _is_class(self, flat: Schema) -> bool:
        return _kinds(flat) == ["object"] and _has_fields(flat) and not self._alternatives(flat)

    def _bounded(self, schema: Any, hint: str) -> PyType:
        """The type of `schema`, or `Any` where it nests too deep or grows too long for Python."""
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
        if "const" in flat or isinstance(flat.get("enum"), list):
            kinds = _kinds(flat, _KINDS)
            return _choice([each for each in choices(flat) if _json_kinds(each) & set(kinds)])
        if alternatives := self._alternatives(flat):
            return self._type_of_alternatives(flat, alternatives, hint)
        kinds = _kinds(flat, _KINDS if _says_type(flat) else ())
        return union(self._type_of_kind(kind, flat, hint) for kind in kinds) if kinds else ANY

    def _alternatives(self, flat: Schema) -> list[Schema]:
        listed = flat.get("anyOf") or flat.get("oneOf")
        return [flatten(self._document, each) for each in listed] if _is_list(listed) else []

    def _type_of_alternatives(self, flat: Schema, alternatives: list[Schema], hint: str) -> PyType:
        rest = {key: value for key, value in flat.items() if key not in ("anyOf", "oneOf")}
        if not _says_type(rest):
            return union(self.type_of(each, hint) for each in flat.get("anyOf") or flat["oneOf"])
        if not any(each.keys() - _UNTYPED for each in alternatives):
            return self._type(rest, hint)
        return union(self._bounded(both(rest, each), hint) for each in alternatives)

    def _type_of_kind(self, kind: str, flat: Schema, hint: str) -> PyType:
        if kind == "object" and _has_fields(flat):
            return self._class(flat, hint)
        if kind == "object":
            base, flat = self._map(flat, hint)
        elif kind == "array":
            base, flat = self._array(flat, hint)
        else:
            base = _SCALARS.get(kind, ANY)
        return annotated(base, field_call(kind, flat), names={"Field"})

    def _array(self, flat: Schema, hint: str) -> tuple[PyType, Schema]:
        """Arrays as `list`, also those whose first items have schemas of their own: JSON Schema
        lets them be shorter, which no `tuple` does."""
        first, rest = flat.get("prefixItems"), flat.get("items", True)
        if self._document.legacy or isinstance(rest, list):
            first, rest = rest, flat.get("additionalItems", True)
        if not _is_list(first):
            first, rest = [], flat.get("items", True)
        if rest is False:
            flat = both(flat, {"maxItems": len(first)})
        each = [*first, rest] if rest is not False or not first else first
        return list_of(union(self.type_of(item, f"{hint}Item") for item in each)), flat

    def _map(self, flat: Schema, hint: str) -> tuple[PyType, Schema]:
        """Objects whose property names are not known beforehand."""
        patterns = mapping(flat, "patternProperties")
        other = flat.get("additionalProperties", True)
        if other is False and not patterns:
            return dict_of(STRING, ANY), both(flat, {"maxProperties": 0})
        names = flat.get("propertyNames", True)
        if other is False and len(patterns) == 1:
            names = both({"pattern": next(iter(patterns))}, flatten(self._document, names))
        key = self._bounded(both({"type": "string"}, flatten(self._document, names)), hint)
        values = [*patterns.values(), *([] if other is False else [other])]
        return dict_of(key, union(self.type_of(value, f"{hint}Value") for value in values)), flat

    def _class(self, flat: Schema, hint: str) -> PyType:
        key = _key(flat)
        if key not in self._known:
            if len(self._known) >= _MAX_CLASSES:
                return ANY
            self._known[key] = self._names.take_numbered(hint)
            self._emit_class(self._known[key], flat)
        return self._reference(self._known[key])

    def _reference(self, name: Identifier) -> PyType:
        self.refers_forward = self.refers_forward or name in self._unfinished
        return atom(name, lambda value: False)

    def _emit_class(self, name: Identifier, flat: Schema) -> None:
        """Writes the class behind the classes of its fields."""
        self._unfinished.add(name)
        outer, self._notes = self._notes, []
        extra, extra_field = self._extra_properties(flat, name)
        properties = dict(mapping(flat, "properties"))
        required = strings(flat.get("required"))
        properties |= {each: property_schema(flat, each) for each in required}
        reserved = MODEL_NAMES | MODULE_NAMES
        fields = unique_names(properties, "field", reserved)
        body = "".join(
            self.field(fields[each], each, schema, required=each in required)
            for each, schema in properties.items()
            if schema is not False or each in required
        )
        body = body + extra_field or f"{_INDENT}pass\n"
        self.classes.append(Code(f"class {name}({self._role}{extra}):\n{body}"))
        self._unfinished.discard(name)
        self._notes = outer

    def _extra_properties(self, flat: Schema, name: Identifier) -> tuple[str, str]:
        """What the class says of properties without a field: behind its base, and as a field."""
        other = flat.get("additionalProperties")
        is_open = bool(mapping(flat, "patternProperties")) or other not in (None, False)
        if not is_open:
            return ', extra="forbid"' if other is False or _is_closed(flat) else "", ""
        extra = ", open=True" if self._role == "ToolParams" else ""
        values = [*mapping(flat, "patternProperties").values()]
        kind = union(self.type_of(each, f"{name}Value") for each in [*values, other or True])
        if kind.is_any:
            return extra, ""
        self.imports |= {"Field", *kind.names}
        return extra, (
            f"{_INDENT}__pydantic_extra__: dict[str, {kind.code}] = Field(init=False)\n"
        )

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


def _declared(kind: PyType, flat: Schema, *, required: bool) -> tuple[str, str]:
    """The annotation and the default of a field.

    `Opt[T]` is a `T` that may be left out, and only that; `T | None` may also be null.
    """
    if required:
        return kind.code, ""
    if "default" in flat and kind.admits(flat["default"]):
        return kind.code, f" = {literal(flat['default'])}"
    return (kind.code if kind.nullable else f"Opt[{kind.code}]"), " = None"


def _told(flat: Schema, notes: list[str]) -> str:
    """What to tell readers of a field, beyond its type."""
    description = flat.get("description")
    said = [description] if isinstance(description, str) else []
    kept = flat.get("format")
    if isinstance(kept, str) and "string" in _kinds(flat, ("string",)):
        said.append(f"({kept})")
    return " ".join(said + [f"Any value: {note}." for note in notes])


def _choice(values: list[Any]) -> PyType:
    """The type of the listed values: `Literal` where Python has one, `OneOf` elsewhere."""
    if not values:
        return FORBIDDEN
    plain = [each for each in values if isinstance(each, str | int)]
    others = [each for each in values if not isinstance(each, str | int) and each is not None]
    named = PyType(choices=tuple(plain), nullable=None in values)
    if not others:
        return named
    base = union(_TYPE_OF_VALUE[type(each)] for each in others)
    listed = f"OneOf({', '.join(map(literal, others))})"
    return union([named, annotated(base, listed, names={"OneOf"})])


def _json_kinds(value: Any) -> set[str]:
    """The JSON types of a value: of 1.0, both number and integer."""
    for kinds, python in _PYTHON_OF_KINDS:
        if isinstance(value, python):
            whole = isinstance(value, float) and value.is_integer()
            return {*kinds, "integer"} if whole else set(kinds)
    return set()


def _kinds(flat: Schema, otherwise: tuple[str, ...] = ()) -> list[str]:
    """The JSON types that `type` names; `otherwise` where it names none."""
    return strings(flat.get("type")) or list(otherwise)


def _says_type(schema: Schema) -> bool:
    return not _TYPED.isdisjoint(schema)


def _has_fields(flat: Schema) -> bool:
    return bool(mapping(flat, "properties") or strings(flat.get("required")))


def _is_closed(flat: Schema) -> bool:
    """Whether `unevaluatedProperties` forbids what no field names."""
    unseen = ("if", "dependentSchemas", "patternProperties")
    return flat.get("unevaluatedProperties") is False and not any(key in flat for key in unseen)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _key(flat: Schema) -> str:
    """What two schemas of objects have in common when one class serves both."""
    kept = {key: value for key, value in flat.items() if key in _OF_OBJECTS}
    return json.dumps(kept, sort_keys=True)
