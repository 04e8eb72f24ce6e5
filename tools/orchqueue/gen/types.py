"""The types that a contract's schemas come down to. Reading and writing them is for others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """A string; lengths count code points, `pattern` is searched for, in the syntax of ECMA-262."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Integer:
    """A number without a fraction: 1.0 counts, true does not. Bounds are inclusive."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Number:
    """A JSON number; bounds are inclusive unless they say otherwise."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Flag:
    """true or false."""


@dataclass(frozen=True)
class Null:
    """null."""


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True)
class Choice:
    """One of a closed set of strings."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Sequence:
    """An array; `unique` as JSON Schema counts equality."""

    items: "Type"
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """An object with any keys and values of one type."""

    values: "Type"
    min_size: int | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Either:
    """One of several types that a value tells apart by its JSON type."""

    options: tuple["Type", ...]


@dataclass(frozen=True)
class Named:
    """A type that has a definition of its own."""

    name: str


Type = Text | Integer | Number | Flag | Null | Anything | Choice | Sequence | Table | Either | Named


@dataclass(frozen=True)
class Field:
    """A property of a record. One that may be left out may not be null, unless its type says so."""

    name: str
    type: Type
    required: bool
    has_default: bool = False
    default: Any = None
    description: str = ""


@dataclass(frozen=True)
class Record:
    """An object with named properties; a closed one takes no others."""

    name: str
    fields: tuple[Field, ...]
    closed: bool
    description: str = ""


@dataclass(frozen=True)
class Variants:
    """A union of records, told apart by the value of the property `tag`."""

    name: str
    tag: str
    members: tuple[tuple[str, str], ...]  # (value of the tag, name of the record)


@dataclass(frozen=True)
class Alias:
    """A name for a type that is neither a record nor a union of records."""

    name: str
    type: Type


Definition = Record | Variants | Alias


def references(item: Definition | Type) -> Iterator[str]:
    """The names that a definition or a type refers to directly, in order."""
    match item:
        case Named(name):
            yield name
        case Record(fields=fields):
            for field in fields:
                yield from references(field.type)
        case Variants(members=members):
            yield from (name for _, name in members)
        case Alias(type=inner) | Sequence(items=inner) | Table(values=inner):
            yield from references(inner)
        case Either(options):
            for option in options:
                yield from references(option)
        case _:
            return


def resolve(kind: Type, definitions: Mapping[str, Definition]) -> Type:
    """What a name stands for, through aliases; the name of a record or of a union stands for itself."""
    while isinstance(kind, Named):
        definition = definitions[kind.name]
        if not isinstance(definition, Alias):
            return kind
        kind = definition.type
    return kind


def is_unique(kind: Type) -> bool:
    """Whether it is an array whose items differ from each other."""
    return isinstance(kind, Sequence) and kind.unique
