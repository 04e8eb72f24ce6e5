# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6
# contracts/events.yaml sha256:7ea698b59ab34139c7d5f9d3f070db863961541b59e01372ac24c6cbcff34a91
# contracts/config.schema.json sha256:120d307beac6c3395ed23890badb5ab8950b809b1fef46979aaceaaa54827c0d

"""The schemas of the contract as validators, for whoever needs to know what is wrong, and where."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from . import load
from ._checks import python_pattern

__all__ = ["validator"]


@cache
def validator(document: str, pointer: str = "") -> Validator:
    """A validator of the schema at `pointer` in the contract file `document` (a name that `load` takes).

    `validator("openapi", "/components/schemas/TaskRequest")`, `validator("config.schema")`. Patterns are read as ECMA-262
    has them. Under a oneOf with a discriminator only the branch that the instance names is judged, so that its errors
    are the instance's own. Raises KeyError for a document that does not exist.
    """
    judge: Validator = _Validator({"$ref": f"{_URIS[document]}#{pointer}"}, registry=_REGISTRY)
    return judge


def _pattern(
    _: Validator, pattern: str, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _one_of(
    judge: Any, parts: list[Any], instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if "discriminator" not in schema:
        yield from _plain_one_of(judge, parts, instance, schema)
        return
    name, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    value = instance.get(name) if isinstance(instance, dict) else None
    if not isinstance(instance, dict):
        yield ValidationError(
            f"{instance!r} is not of type 'object'", validator="type", validator_value="object"
        )
    elif name not in instance:
        yield ValidationError(
            f"{name!r} is a required property", validator="required", validator_value=[name]
        )
    elif not isinstance(value, str) or value not in mapping:
        message = f"{value!r} is not one of {sorted(mapping)!r}"
        yield ValidationError(message, path=[name], validator="enum", validator_value=sorted(mapping))
    else:
        yield from judge.descend(instance, {"$ref": mapping[value]})


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(python_pattern(pattern))


def _retrieved(uri: str) -> Resource[Any]:
    # Only what is referred to is read: most need one of the documents.
    return DRAFT202012.create_resource(load(next(name for name, own in _URIS.items() if own == uri)))


_REGISTRY: Registry[Any] = Registry(retrieve=cache(_retrieved))  # type: ignore[call-arg]

_plain_one_of: Any = Draft202012Validator.VALIDATORS["oneOf"]
_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern, "oneOf": _one_of}
)

_URIS = {
    "openapi": "openapi.yaml",
    "events": "events.yaml",
    "config.schema": "config.schema.json",
}
