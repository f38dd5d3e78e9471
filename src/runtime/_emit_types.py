"""The Python types that stand for JSON Schema's, as text for annotations.

Each is a union: of JSON types, of listed values, of null. It knows the names that its text uses,
and which JSON values a type checker would admit as a default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ._emit_source import Code, literal
from ._json_values import same_json
from ._naming import Identifier


@dataclass(frozen=True, slots=True)
class Member:
    """One alternative of a union."""

    code: Code
    admits: Callable[[Any], bool]
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PyType:
    """The union of ``members``, the literal ``choices`` and, if ``nullable``, None."""

    members: tuple[Member, ...] = ()
    choices: tuple[str | int, ...] = ()
    nullable: bool = False

    @property
    def code(self) -> Code:
        """The annotation."""
        parts = [self._choices_code()] if self.choices else []
        parts += [member.code for member in self.members]
        parts += ["None"] if self.nullable and not self.is_any else []
        return Code(" | ".join(parts))

    @property
    def names(self) -> frozenset[str]:
        """The names in the annotation that a module must import."""
        own: set[str] = {"Literal"} if self.choices else set()
        if self.choices and not self._is_plain:
            own.add("Exact")
        return frozenset(own).union(*(member.names for member in self.members))

    @property
    def is_any(self) -> bool:
        """Whether every value fits."""
        return self.members == ANY.members

    @property
    def is_class(self) -> bool:
        """Whether a type checker takes the annotation, as an expression, for a ``type[...]``."""
        if self.nullable or self.choices:
            return self == NULL
        special = ("Annotated[", "Forbidden", "Any")
        return len(self.members) == 1 and not self.members[0].code.startswith(special)

    def admits(self, value: Any) -> bool:
        """Whether a type checker would take the literal of ``value`` for this type."""
        if value is None:
            return self.nullable
        if any(same_json(value, choice) and type(value) is type(choice) for choice in self.choices):
            return True
        return any(member.admits(value) for member in self.members)

    @property
    def _is_plain(self) -> bool:
        return all(isinstance(choice, str) for choice in self.choices)

    def _choices_code(self) -> str:
        listed = f"Literal[{', '.join(map(literal, self.choices))}]"
        return listed if self._is_plain else f"Exact[{listed}]"


def atom(code: str, admits: Callable[[Any], bool], *names: str) -> PyType:
    """A type of one member."""
    return PyType((Member(Code(code), admits, frozenset(names)),))


def class_type(name: Identifier) -> PyType:
    """Objects of the class ``name``."""
    return atom(name, _admits_none)


def union(types: Iterable[PyType]) -> PyType:
    """The type of the values of any of the ``types``."""
    members: dict[str, Member] = {}
    choices: dict[tuple[type, str | int], str | int] = {}
    nullable = False
    for each in types:
        if each.is_any:
            return ANY
        members.update((member.code, member) for member in each.members)
        choices.update(((type(choice), choice), choice) for choice in each.choices)
        nullable = nullable or each.nullable
    if len(members) + len(choices) + nullable > 1:
        members.pop("Forbidden", None)
    if not members and not choices and not nullable:
        return FORBIDDEN
    return PyType(tuple(members.values()), tuple(choices.values()), nullable)


def annotated(base: PyType, *metadata: str, names: Iterable[str]) -> PyType:
    """``base`` with more said about it; ``base`` itself where there is nothing to say."""
    said = ", ".join(filter(None, metadata))
    if not said:
        return base
    used = base.names | {"Annotated"} | set(names)
    return atom(f"Annotated[{base.code}, {said}]", base.admits, *used)


def one_of(values: Iterable[Any]) -> PyType:
    """The type of the listed values: ``Literal`` where Python has one, `OneOf` elsewhere."""
    values = list(values)
    plain = [value for value in values if isinstance(value, str | int)]
    others = [value for value in values if isinstance(value, float | list | dict)]
    named = union([PyType(choices=tuple(plain), nullable=None in values)])
    if not others:
        return named if values else FORBIDDEN
    base = union(_TYPE_OF_VALUE[type(value)] for value in others)
    listed = f"OneOf({', '.join(map(literal, others))})"
    return union([named, annotated(base, listed, names={"OneOf"})])


def list_of(item: PyType) -> PyType:
    """Arrays of ``item``."""

    def admits(value: Any) -> bool:
        return isinstance(value, list) and all(map(item.admits, value))

    return atom(f"list[{item.code}]", admits, *item.names)


def dict_of(key: PyType, value: PyType) -> PyType:
    """Objects of any names that ``key`` allows, with values of ``value``."""

    def admits(given: Any) -> bool:
        return isinstance(given, dict) and all(map(value.admits, given.values()))

    return atom(f"dict[{key.code}, {value.code}]", admits, *key.names, *value.names)


def _admits_all(_value: Any) -> bool:
    return True


def _admits_none(_value: Any) -> bool:
    return False


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


ANY = PyType((Member(Code("Any"), _admits_all, frozenset({"Any"})),), nullable=True)
FORBIDDEN = atom("Forbidden", _admits_none, "Forbidden")
STRING = atom("str", lambda value: isinstance(value, str))
INTEGER = atom("int", _is_integer)
FLOAT = atom("float", lambda value: isinstance(value, float))
NUMBER = union([INTEGER, FLOAT])
BOOLEAN = atom("bool", lambda value: isinstance(value, bool))
NULL = PyType(nullable=True)
_TYPE_OF_VALUE = {float: NUMBER, list: list_of(ANY), dict: dict_of(STRING, ANY)}
