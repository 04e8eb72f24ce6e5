# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:404f79d5cc91c5482e5201cbf517391a9152546970d7aae1b15d282b0f79c668
# contracts/events.yaml sha256:7dc131461c70fbd6755b65f37577f6a607c8bea65a68e8d811d2cfabb05953cc
# contracts/metrics.yaml sha256:2e33be445ae7c62374396421af890d2a7c18e36c48c3522b406eb69095ab392b
# contracts/errors.yaml sha256:c5bd6c4499a6c82d942df9ded4c6d1384e063c48984d49c07790799557afbb17
# contracts/config.schema.json sha256:f5ebf826b7c07d3ccc0dbf3bde90082d66ede2e9dafb47c237a1cf924d85d747
# requirements/index.json sha256:999d4c6321f416695edff03b206852315822eb1eaaef8ba49aebb24a881cbb96

"""The contract as Python: written by `orchqueue gen` from the specs of OrchQueue, and never edited."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

__all__ = ["DIGESTS", "load"]


@cache
def load(name: str) -> dict[str, Any]:
    """The contract file `name`, parsed: one of the keys of DIGESTS. Shared between callers: read it, do not change it.

    Raises KeyError for a name that the contract does not have.
    """
    file_name = _FILES[name]
    text = (files(__package__) / "data" / file_name).read_text(encoding="utf-8")
    data = json.loads(text) if file_name.endswith(".json") else _from_yaml(text)
    assert isinstance(data, dict), f"{file_name} holds an object"
    return data


def _from_yaml(text: str) -> Any:
    import yaml  # here, since most who import a table of the contract read no file

    # libyaml reads ten times as fast; an installation without it has the same reader in Python.
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


_FILES: Mapping[str, str] = MappingProxyType(
    {
        "openapi": "openapi.yaml",
        "events": "events.yaml",
        "metrics": "metrics.yaml",
        "errors": "errors.yaml",
        "config.schema": "config.schema.json",
        "requirements": "index.json",
    }
)

DIGESTS: Mapping[str, str] = MappingProxyType(
    {
        "openapi": "404f79d5cc91c5482e5201cbf517391a9152546970d7aae1b15d282b0f79c668",
        "events": "7dc131461c70fbd6755b65f37577f6a607c8bea65a68e8d811d2cfabb05953cc",
        "metrics": "2e33be445ae7c62374396421af890d2a7c18e36c48c3522b406eb69095ab392b",
        "errors": "c5bd6c4499a6c82d942df9ded4c6d1384e063c48984d49c07790799557afbb17",
        "config.schema": "f5ebf826b7c07d3ccc0dbf3bde90082d66ede2e9dafb47c237a1cf924d85d747",
        "requirements": "999d4c6321f416695edff03b206852315822eb1eaaef8ba49aebb24a881cbb96",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""
