# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6
# contracts/events.yaml sha256:7ea698b59ab34139c7d5f9d3f070db863961541b59e01372ac24c6cbcff34a91
# contracts/metrics.yaml sha256:43463d88a2aef9d5d5633cd8e2e2506fceb78a90e0c543f7c57bd564264e9d09
# contracts/errors.yaml sha256:b5c7c2ef41d5de918f3dc23d02f21c7d85c88eeafa31a909e130ce65bb6379f9
# contracts/config.schema.json sha256:120d307beac6c3395ed23890badb5ab8950b809b1fef46979aaceaaa54827c0d
# requirements/index.json sha256:16a596ed441ef257f425a82aec49cbd5c73aa190e8b369721d1e31b6968bbcea

"""The contract as Python: written by `orchqueue gen` from the specs of OrchQueue, and never edited."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

__all__ = ["API_VERSION", "DIGESTS", "load"]


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
        "openapi": "8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6",
        "events": "7ea698b59ab34139c7d5f9d3f070db863961541b59e01372ac24c6cbcff34a91",
        "metrics": "43463d88a2aef9d5d5633cd8e2e2506fceb78a90e0c543f7c57bd564264e9d09",
        "errors": "b5c7c2ef41d5de918f3dc23d02f21c7d85c88eeafa31a909e130ce65bb6379f9",
        "config.schema": "120d307beac6c3395ed23890badb5ab8950b809b1fef46979aaceaaa54827c0d",
        "requirements": "16a596ed441ef257f425a82aec49cbd5c73aa190e8b369721d1e31b6968bbcea",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""

API_VERSION = "1.0.0"
"""The version of the contract, as its OpenAPI document tells it."""
