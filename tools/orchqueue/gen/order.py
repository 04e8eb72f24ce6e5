"""The order in which definitions are written: what an alias is made of comes before it."""

from collections.abc import Mapping

from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.types import Definition, Record, references


def in_order(definitions: Mapping[str, Definition]) -> list[str]:
    """Names such that each alias and union stands behind all it refers to. Records may refer to what comes later.

    Raises UnsupportedSchemaError for aliases that go in a circle.
    """
    done: dict[str, None] = {}
    for name in definitions:
        _visit(name, definitions, done, ())
    return list(done)


def _visit(
    name: str, definitions: Mapping[str, Definition], done: dict[str, None], above: tuple[str, ...]
) -> None:
    if name in done:
        return
    if name in above:
        raise UnsupportedSchemaError(
            name, f"the schemas refer to each other in a circle: {' → '.join((*above, name))}"
        )
    if not isinstance(definitions[name], Record):
        for reference in references(definitions[name]):
            _visit(reference, definitions, done, (*above, name))
    done[name] = None
