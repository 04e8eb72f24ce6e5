"""What has to hold of all definitions together before anything is written from them."""

import re
from collections.abc import Iterator, Mapping

from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.types import (
    Alias,
    Choice,
    Definition,
    Either,
    Integer,
    Number,
    Record,
    Sequence,
    Table,
    Text,
    Type,
    Variants,
    is_unique,
    references,
    resolve,
)

# ECMA-262, Python and Rust read these differently or not at all.
UNPORTABLE = re.compile(r"\\[0-9A-Za-z]|\(\?(?!:)|\[\[|&&|\[\]|\[\^\]")


def require_consistent(definitions: Mapping[str, Definition]) -> None:
    """Raise UnsupportedSchemaError for the first definition that the generated types could not hold to."""
    for name, definition in definitions.items():
        for reference in references(definition):
            if reference not in definitions:
                raise UnsupportedSchemaError(name, f"there is no schema {reference}")
    for name in definitions:
        _require_end(name, definitions)
    members = {m for d in definitions.values() if isinstance(d, Variants) for _, m in d.members}
    for definition in definitions.values():
        if isinstance(definition, Variants):
            _require_tagged(definition, definitions)
        for place, kind in _own_types(definition):
            _require_whole_unions(place, kind, members)
            _require_plain_items(place, kind, definitions)
            for inner in _within(kind):
                _require_portable(place, inner)
                if inner is not kind and is_unique(resolve(inner, definitions)):
                    raise UnsupportedSchemaError(place, "uniqueItems needs a property of its own")


def _require_end(name: str, definitions: Mapping[str, Definition], above: tuple[str, ...] = ()) -> None:
    if name in above:
        circle = " → ".join((*above, name))
        raise UnsupportedSchemaError(name, f"the schemas refer to each other in a circle: {circle}")
    if not isinstance(definitions[name], Record):
        for reference in references(definitions[name]):
            _require_end(reference, definitions, (*above, name))


def _own_types(definition: Definition) -> Iterator[tuple[str, Type]]:
    if isinstance(definition, Record):
        yield from ((f"{definition.name}/{field.name}", field.type) for field in definition.fields)
    elif isinstance(definition, Alias):
        yield definition.name, definition.type


def _within(kind: Type) -> Iterator[Type]:
    yield kind
    match kind:
        case Sequence(items=inner) | Table(values=inner):
            yield from _within(inner)
        case Either(options):
            for option in options:
                yield from _within(option)
        case _:
            return


def _require_whole_unions(place: str, kind: Type, members: set[str]) -> None:
    # msgspec asks for the property that tells the members apart only where there is something to tell apart.
    if alone := sorted(members.intersection(references(kind))):
        raise UnsupportedSchemaError(place, f"{alone[0]} belongs to a union; refer to the union")


def _require_plain_items(place: str, kind: Type, definitions: Mapping[str, Definition]) -> None:
    if isinstance(kind, Sequence) and kind.unique:
        items = resolve(kind.items, definitions)
        if not isinstance(items, Text | Choice | Integer | Number):
            raise UnsupportedSchemaError(place, "uniqueItems can be held to for text and numbers only")


def _require_portable(place: str, kind: Type) -> None:
    if isinstance(kind, Text) and kind.pattern is not None and UNPORTABLE.search(kind.pattern):
        reason = f"the pattern {kind.pattern!r} is not read alike everywhere; spell its classes out"
        raise UnsupportedSchemaError(place, reason)


def _require_tagged(variants: Variants, definitions: Mapping[str, Definition]) -> None:
    for value, member in variants.members:
        record = definitions[member]
        fields = record.fields if isinstance(record, Record) else ()
        if not any(f.name == variants.tag and f.required and f.type == Choice((value,)) for f in fields):
            reason = f"its {variants.tag} is not required, or not the constant {value!r}"
            raise UnsupportedSchemaError(f"{variants.name}/{member}", reason)
