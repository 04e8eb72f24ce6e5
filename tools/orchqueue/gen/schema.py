"""Reads JSON Schemas into types. What a generated type cannot be held to, it refuses: nothing is dropped."""

from collections.abc import Callable, Mapping
from typing import Any

from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.names import pascal
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

Schema = Mapping[str, Any]

# `format` is an annotation in JSON Schema 2020-12: what has to hold stands in `pattern` and the lengths.
ANNOTATIONS = {"title", "description", "default", "example", "examples", "deprecated", "format", "$comment"}
KEYWORDS = {
    "string": {"minLength", "maxLength", "pattern"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "boolean": set[str](),
    "null": set[str](),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
}
REF_PREFIXES = ("#/components/schemas/", "openapi.yaml#/components/schemas/")


class SchemaReader:
    """Collects definitions: those it is given, and the objects inside them, named after where they stand."""

    def __init__(self) -> None:
        self.definitions: dict[str, Definition] = {}

    def define(self, name: str, schema: Schema, place: str) -> None:
        """Read `schema` as the definition `name`. `place` is where it stands, for messages."""
        if name in self.definitions:
            raise UnsupportedSchemaError(place, f"the name {name} is taken by another schema")
        if "discriminator" in schema:
            self.definitions[name] = _variants(name, schema, place)
            return
        inner = self.read(schema, name, place)
        if name not in self.definitions:  # an object has defined itself
            self.definitions[name] = Alias(name, inner)

    def read(self, schema: Schema, name: str, place: str) -> Type:
        """The type of `schema`. An object in it is defined as `name`."""
        if "$ref" in schema:
            return _reference(schema, place)
        if "oneOf" in schema or "anyOf" in schema:
            return self._either(schema, name, place)
        if "const" in schema or "enum" in schema:
            return _choice(schema, place)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            options = tuple(self._single(_only(schema, kind), kind, name, place) for kind in kinds)
            return _told_apart(Either(options), place)
        if kinds is None:
            _refuse_others(schema, set(), place)
            return Anything()
        return self._single(schema, kinds, name, place)

    def _single(self, schema: Schema, kind: str, name: str, place: str) -> Type:
        if kind not in KEYWORDS:
            raise UnsupportedSchemaError(place, f"there is no type {kind!r} in JSON")
        _refuse_others(schema, KEYWORDS[kind], place)
        readers: dict[str, Callable[[], Type]] = {
            "string": lambda: Text(schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")),
            "integer": lambda: _integer(schema),
            "number": lambda: Number(
                schema.get("minimum"),
                schema.get("maximum"),
                schema.get("exclusiveMinimum"),
                schema.get("exclusiveMaximum"),
            ),
            "boolean": Flag,
            "null": Null,
            "array": lambda: self._array(schema, name, place),
            "object": lambda: self._object(schema, name, place),
        }
        return readers[kind]()

    def _either(self, schema: Schema, name: str, place: str) -> Type:
        keyword = "oneOf" if "oneOf" in schema else "anyOf"
        _refuse_others(schema, {keyword}, place)
        parts: list[Schema] = schema[keyword]
        options = tuple(
            self.read(p, f"{name}Option{n}", f"{place}/{keyword}/{n}") for n, p in enumerate(parts)
        )
        return _told_apart(Either(options), place)

    def _array(self, schema: Schema, name: str, place: str) -> Type:
        items = self.read(schema.get("items", {}), f"{name}Item", f"{place}/items")
        return Sequence(
            items, schema.get("minItems"), schema.get("maxItems"), schema.get("uniqueItems", False)
        )

    def _object(self, schema: Schema, name: str, place: str) -> Type:
        others = schema.get("additionalProperties", True)
        if not schema.get("properties") and others is not False:
            values = self.read(others if isinstance(others, dict) else {}, f"{name}Value", place)
            return Table(values, schema.get("minProperties"), schema.get("maxProperties"))
        if isinstance(others, dict) or {"minProperties", "maxProperties"} & schema.keys():
            raise UnsupportedSchemaError(
                place, "properties stand beside a rule for other properties or for their number"
            )
        if name in self.definitions:
            raise UnsupportedSchemaError(place, f"the name {name} is taken by another schema")
        required = set(schema.get("required", ()))
        if unknown := sorted(required - schema.get("properties", {}).keys()):
            raise UnsupportedSchemaError(place, f"required but not described: {', '.join(unknown)}")
        fields = tuple(
            self._field(key, part, name, f"{place}/properties/{key}", key in required)
            for key, part in schema.get("properties", {}).items()
        )
        self.definitions[name] = Record(name, fields, others is False, schema.get("description", ""))
        return Named(name)

    def _field(self, key: str, schema: Schema, owner: str, place: str, required: bool) -> Field:
        kind = self.read(schema, owner + pascal(key), place)
        has_default = not required and "default" in schema
        return Field(key, kind, required, has_default, schema.get("default"), schema.get("description", ""))


JSON_KINDS: dict[type[Type], str] = {
    Text: "string",
    Choice: "string",
    Integer: "number",
    Number: "number",
    Flag: "boolean",
    Null: "null",
    Sequence: "array",
    Table: "object",
}


def _told_apart(either: Either, place: str) -> Either:
    kinds = {JSON_KINDS.get(type(option), "any") for option in either.options}
    if len(kinds) != len(either.options) or "any" in kinds:
        raise UnsupportedSchemaError(
            place, "a union needs a discriminator, unless its parts are of different JSON types"
        )
    return either


def _refuse_others(schema: Schema, known: set[str], place: str) -> None:
    for keyword in sorted(schema.keys() - known - ANNOTATIONS - {"type"}):
        if not keyword.startswith("x-"):
            reason = f"generated types cannot be held to `{keyword}`; a oneOf with a discriminator may do"
            raise UnsupportedSchemaError(place, reason)


def _only(schema: Schema, kind: str) -> Schema:
    """The part of a schema with several types that speaks of one of them."""
    others: set[str] = set().union(*KEYWORDS.values()) - KEYWORDS[kind] if kind in KEYWORDS else set()
    return {key: value for key, value in schema.items() if key not in others}


def _reference(schema: Schema, place: str) -> Named:
    _refuse_others(schema, {"$ref"}, place)
    target: str = schema["$ref"]
    for prefix in REF_PREFIXES:
        if target.startswith(prefix):
            return Named(target.removeprefix(prefix))
    raise UnsupportedSchemaError(place, f"{target} is no schema of the OpenAPI document")


def _choice(schema: Schema, place: str) -> Choice:
    _refuse_others(schema, {"const", "enum"}, place)
    values = [schema["const"]] if "const" in schema else list(schema["enum"])
    if schema.get("type", "string") != "string" or not all(isinstance(value, str) for value in values):
        raise UnsupportedSchemaError(place, "only strings may be enumerated")
    return Choice(tuple(values))


def _integer(schema: Schema) -> Integer:
    lows = [schema[k] + shift for k, shift in (("minimum", 0), ("exclusiveMinimum", 1)) if k in schema]
    highs = [schema[k] - shift for k, shift in (("maximum", 0), ("exclusiveMaximum", 1)) if k in schema]
    return Integer(max(lows, default=None), min(highs, default=None))


def _variants(name: str, schema: Schema, place: str) -> Variants:
    _refuse_others(schema, {"oneOf", "discriminator"}, place)
    mapping: Mapping[str, str] = schema["discriminator"].get("mapping", {})
    members = tuple((value, _reference({"$ref": target}, place).name) for value, target in mapping.items())
    listed = [_reference(part, place).name for part in schema.get("oneOf", ())]
    if not members or sorted(listed) != sorted(member for _, member in members):
        raise UnsupportedSchemaError(
            place, "the mapping of the discriminator and oneOf name different schemas"
        )
    return Variants(name, schema["discriminator"]["propertyName"], members)
