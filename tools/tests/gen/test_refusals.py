"""A schema that the generated types could not be held to is refused, with its place."""

from typing import Any

import pytest

from orchqueue.gen.consistency import require_consistent
from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.paths import PathReader
from orchqueue.gen.schema import SchemaReader

TEXT = {"type": "string"}


def _read(**schemas: dict[str, Any]) -> None:
    reader = SchemaReader()
    for name, schema in schemas.items():
        reader.define(name, schema, name)
    require_consistent(reader.definitions)


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (_object(a={"if": TEXT, "then": TEXT}), "`if`"),
        ({**_object(a=TEXT), "allOf": []}, "`allOf`"),
        ({**_object(a=TEXT), "patternProperties": {}}, "`patternProperties`"),
        ({"type": "integer", "multipleOf": 2}, "`multipleOf`"),
        ({"type": "text"}, "no type 'text'"),
        ({"enum": [1, 2]}, "only strings"),
        ({"oneOf": [TEXT, {"type": "string", "minLength": 1}]}, "discriminator"),
        ({"type": ["integer", "number"]}, "discriminator"),
        ({"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]}, "discriminator"),
        ({"$ref": "other.yaml#/Thing"}, "no schema of the OpenAPI document"),
        (_object(a={"$ref": "#/components/schemas/Absent"}), "there is no schema Absent"),
        ({**_object(a=TEXT), "required": ["b"]}, "required but not described: b"),
        ({**_object(a=TEXT), "additionalProperties": TEXT}, "rule for other properties"),
        ({**_object(a=TEXT), "minProperties": 1}, "for their number"),
        (
            _object(a={"type": "array", "uniqueItems": True, "items": _object(b=TEXT)}),
            "text and numbers only",
        ),
        (
            _object(a={"type": "array", "items": {"type": "array", "uniqueItems": True, "items": TEXT}}),
            "needs a property of its own",
        ),
        ({"type": "string", "pattern": r"^\d+$"}, "spell its classes out"),
        ({"type": "string", "pattern": "^(?=a)"}, "spell its classes out"),
        ({"$ref": "#/components/schemas/Thing"}, "in a circle"),
        (_object(a=_object(b=TEXT), A=_object(b=TEXT)), "taken by another schema"),
    ],
)
def test_schemas(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedSchemaError, match=reason) as caught:
        _read(Text=TEXT, Thing=schema)
    assert caught.value.place.startswith("Thing")


def _union(**changes: Any) -> dict[str, dict[str, Any]]:
    reference = {"$ref": "#/components/schemas/Part"}
    discriminator = {"propertyName": "kind", "mapping": {"part": reference["$ref"]}}
    part = {**_object(kind={"const": "part"}), "required": ["kind"]}
    return {"Part": part, "Whole": {"oneOf": [reference], "discriminator": discriminator}, **changes}


@pytest.mark.parametrize(
    ("schemas", "reason"),
    [
        (_union(Part=_object(kind={"const": "part"})), "not required"),
        (_union(Part={**_object(kind={"const": "other"}), "required": ["kind"]}), "not the constant"),
        (_union(Other=_object(a={"$ref": "#/components/schemas/Part"})), "refer to the union"),
        (_union(Whole={"oneOf": [], "discriminator": {"propertyName": "kind"}}), "name different schemas"),
        (_union(Whole={**_union()["Whole"], "oneOf": []}), "name different schemas"),
    ],
)
def test_unions(schemas: dict[str, dict[str, Any]], reason: str) -> None:
    _read(**_union())
    with pytest.raises(UnsupportedSchemaError, match=reason):
        _read(**schemas)


def _paths(**operation: Any) -> dict[str, Any]:
    return {"paths": {"/a": {"get": {"operationId": "readA", **operation}}}}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"paths": {"/a": {"get": {}}}}, "no operationId"),
        ({"paths": {"/a": {"get": {"operationId": "x"}, "put": {"operationId": "x"}}}}, "called x"),
        (_paths(parameters=[{"name": "q", "in": "query"}]), "take q from the query"),
        (
            _paths(parameters=[{"name": "n", "in": "header", "schema": {"type": "integer"}}]),
            "has to be a string",
        ),
        (_paths(parameters=[{"$ref": "#/components/parameters/Absent"}]), "does not exist"),
        (_paths(requestBody={"content": {"text/plain": {}}}), "application/json and nothing else"),
        (_paths(requestBody={"content": {"application/json": {"schema": TEXT}}}), "named properties"),
        (_paths(responses={"default": {}}), "a status is a number"),
        (
            _paths(responses={"200": {"content": {"application/json": {}, "text/plain": {}}}}),
            "beside another",
        ),
        (
            _paths(responses={"200": {"content": {"text/event-stream": {}, "text/plain": {}}}}),
            "beside another",
        ),
        (_paths(responses={"200": {"headers": {"X-A": {"schema": {"type": "boolean"}}}}}), "a header holds"),
    ],
)
def test_operations(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedSchemaError, match=reason) as caught:
        PathReader(document, "openapi.yaml", SchemaReader()).operations()
    assert caught.value.place.startswith("openapi.yaml#/paths")
