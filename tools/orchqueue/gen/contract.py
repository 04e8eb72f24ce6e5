"""The contract as the generator sees it: its types, its events and its operations, read once for all."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchqueue.gen.consistency import require_consistent
from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.names import pascal
from orchqueue.gen.operations import Operation, Response
from orchqueue.gen.paths import PathReader
from orchqueue.gen.schema import SchemaReader
from orchqueue.gen.sources import Node, Source
from orchqueue.gen.types import Alias, Definition, Named, Record


@dataclass(frozen=True)
class Event:
    """One kind of event: `model` is the name of the definition of its data."""

    name: str
    model: str
    terminal: bool
    description: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Contract:
    """Everything the emitters need. `components` are the definitions of the OpenAPI document."""

    sources: Mapping[str, Source]
    documents: Mapping[str, Node]
    definitions: Mapping[str, Definition]
    components: frozenset[str]
    events: tuple[Event, ...]
    operations: tuple[Operation, ...]
    transport: tuple[Response, ...]


def read_contract(sources: Mapping[str, Source]) -> Contract:
    """Read all sources. Raises GenError for what cannot be read or held to."""
    documents = {name: source.parse() for name, source in sources.items()}
    openapi = documents["openapi"]
    reader = SchemaReader()
    for name, schema in openapi.get("components", {}).get("schemas", {}).items():
        reader.define(name, schema, f"{sources['openapi'].path}#/components/schemas/{name}")
    paths = PathReader(openapi, sources["openapi"].path, reader)
    operations, transport = paths.operations(), paths.transport()
    components = frozenset(reader.definitions)
    events = tuple(
        _event(reader, name, event) for name, event in documents["events"].get("events", {}).items()
    )
    require_consistent(reader.definitions)
    return Contract(sources, documents, reader.definitions, components, events, operations, transport)


def _event(reader: SchemaReader, name: str, event: Node) -> Event:
    model = f"{pascal(name)}Event"
    reader.define(model, event["data"], f"contracts/events.yaml#/events/{name}/data")
    definition = reader.definitions[model]
    if not isinstance(definition, Record) and not (
        isinstance(definition, Alias) and isinstance(definition.type, Named)
    ):
        raise UnsupportedSchemaError(
            f"contracts/events.yaml#/events/{name}/data", "an event carries named properties"
        )
    requirements = tuple(event.get("x-req-id", ()))
    return Event(name, model, event["terminal"], event.get("description", ""), requirements)
