"""Turns the types back into a JSON Schema that datamodel-code-generator reads without loss.

It holds records only; all that is no record stands where it is used.
"""

from collections.abc import Mapping
from typing import Any

from orchqueue.gen.types import (
    Alias,
    Anything,
    Choice,
    Definition,
    Either,
    Field,
    Flag,
    Integer,
    Named,
    Null,
    Number,
    Record,
    Sequence,
    Table,
    Text,
    Type,
    Variants,
)

Schema = dict[str, Any]


def codegen_input(definitions: Mapping[str, Definition]) -> Schema:
    """A schema whose `$defs` are the records, under the names that their classes get."""
    records = {name: item for name, item in definitions.items() if isinstance(item, Record)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {name: _record(record, definitions) for name, record in records.items()},
    }


def _record(record: Record, definitions: Mapping[str, Definition]) -> Schema:
    schema: Schema = {
        "type": "object",
        "title": record.name,
        "properties": {field.name: _field(field, definitions) for field in record.fields},
        "required": [field.name for field in record.fields if field.required],
        "additionalProperties": not record.closed,
    }
    if record.description:
        schema["description"] = record.description
    return schema


def _field(field: Field, definitions: Mapping[str, Definition]) -> Schema:
    schema = _schema(field.type, definitions)
    return {**schema, "default": field.default} if field.has_default else schema


def _schema(kind: Type, definitions: Mapping[str, Definition]) -> Schema:  # noqa: PLR0911 (one for each kind)
    match kind:
        case Named(name):
            return _named(definitions[name], definitions)
        case Text(low, high, pattern):
            return _given("string", minLength=low, maxLength=high, pattern=pattern)
        case Integer(low, high):
            return _given("integer", minimum=low, maximum=high)
        case Number(low, high, above, below):
            return _given("number", minimum=low, maximum=high, exclusiveMinimum=above, exclusiveMaximum=below)
        case Flag():
            return {"type": "boolean"}
        case Null():
            return {"type": "null"}
        case Anything():
            return {}
        case Choice(values):
            return {"type": "string", "enum": list(values)}
        case Sequence(items, low, high):
            return {**_given("array", minItems=low, maxItems=high), "items": _schema(items, definitions)}
        case Table(values, low, high):
            others = _schema(values, definitions)
            return {
                **_given("object", minProperties=low, maxProperties=high),
                "additionalProperties": others or True,
            }
        case Either(options):
            return {"anyOf": [_schema(option, definitions) for option in options]}


def _named(definition: Definition, definitions: Mapping[str, Definition]) -> Schema:
    match definition:
        case Record(name):
            return {"$ref": f"#/$defs/{name}"}
        case Alias(type=inner):
            return _schema(inner, definitions)
        case Variants(tag=tag, members=members):
            mapping = {value: f"#/$defs/{member}" for value, member in members}
            refs = [{"$ref": target} for target in mapping.values()]
            return {"oneOf": refs, "discriminator": {"propertyName": tag, "mapping": mapping}}


def _given(kind: str, **bounds: object) -> Schema:
    return {"type": kind, **{key: value for key, value in bounds.items() if value is not None}}
