"""A server that its configuration takes to its bounds: every number at its least, and at its most."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest

from orchestratord.config_file import LARGEST
from orchqueue.kit import ReferenceTarget
from orchqueue_contract import load

TINIEST = 1e-9
# What decides whether there is anything to ask: where the server listens, how slow its engine is. And what
# stands in lists of its own, of which there need not be any.
LEFT_OUT = {"port", "ms_per_token", "devices", "workers", "faults", "tensor_split", "sampler_profiles"}


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        target: Any = load("config.schema")
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def numbers(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The numbers of a mapping, and the mappings in it."""
    for name, part in resolved(schema).get("properties", {}).items():
        found = resolved(part)
        if name in LEFT_OUT:
            continue
        if found.get("type") in ("integer", "number"):
            yield name, found
        elif found.get("type") == "object":
            yield name, dict(numbers(found))


def at_bounds(fields: Mapping[str, Any], bound: str) -> dict[str, Any]:
    def value(schema: Mapping[str, Any]) -> Any:
        if bound == "least":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + TINIEST)
        most = schema.get("maximum", schema.get("exclusiveMaximum", LARGEST))
        return most if "maximum" in schema or most == LARGEST else most - TINIEST

    return {
        name: value(part) if part.get("type") in ("integer", "number") else at_bounds(part, bound)
        for name, part in fields.items()
    }


@pytest.mark.requirement("OC-CONFIG-6007")
@pytest.mark.parametrize("bound", ["least", "most"])
def test_a_server_starts_with_every_number_at_its_bound(tmp_path, bound) -> None:
    schema = load("config.schema")
    config = at_bounds(dict(numbers(schema)), bound)
    pool = at_bounds(dict(numbers(schema["$defs"]["pool"])), bound)
    key = at_bounds(dict(numbers(schema["properties"]["keys"]["items"])), bound)
    config |= {
        "keys": [{**key, "id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data", "control"]}],
        "pools": [{**pool, "id": "p", "engine": "llamacpp", "adapter": "mock"}],
    }
    config["streams"]["total_bytes"] = max(config["streams"]["total_bytes"], config["streams"]["max_bytes"])
    server = ReferenceTarget(tmp_path).launch(config, bound)
    try:
        assert server.client("k").get("/metrics").status == 200
        assert server.client("k").get("/v1/capabilities").status == 200
        assert not [line for line in server.logs() if line["level"] == "error"]
    finally:
        assert server.stop() == 0, server.stderr_tail()
