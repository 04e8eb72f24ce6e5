"""The order in which definitions are written: what an alias is made of comes before it."""

from collections.abc import Mapping

from orchqueue.gen.types import Definition, Record, references


def in_order(definitions: Mapping[str, Definition]) -> list[str]:
    """Names such that each alias and union stands behind all it refers to; a record may refer to anything."""
    done: dict[str, None] = {}
    for name in definitions:
        _visit(name, definitions, done)
    return list(done)


def _visit(name: str, definitions: Mapping[str, Definition], done: dict[str, None]) -> None:
    if not isinstance(definitions[name], Record):
        for reference in references(definitions[name]):
            if reference not in done:
                _visit(reference, definitions, done)
    done[name] = None
