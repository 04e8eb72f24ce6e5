# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:404f79d5cc91c5482e5201cbf517391a9152546970d7aae1b15d282b0f79c668
# contracts/events.yaml sha256:7dc131461c70fbd6755b65f37577f6a607c8bea65a68e8d811d2cfabb05953cc
# contracts/metrics.yaml sha256:0dbacea9817f0d3a875cac718b55c0bf605bdbd880f9438a72fb69d5a6b71fcb
# contracts/errors.yaml sha256:838d7185f6c9c4e2abb60e97e1b08cb0c1dbd3a9a3702eb6a06d36af202ceda0
# contracts/config.schema.json sha256:74c3fdec769d1db3b486d8922abd0f1d8530b88d14e781224b462e07a9c2d6c4
# requirements/index.json sha256:8f1f6f48634432f37338788381dbc4bdec20fb1fd0918512a0fd963978e51b26

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
        "metrics": "0dbacea9817f0d3a875cac718b55c0bf605bdbd880f9438a72fb69d5a6b71fcb",
        "errors": "838d7185f6c9c4e2abb60e97e1b08cb0c1dbd3a9a3702eb6a06d36af202ceda0",
        "config.schema": "74c3fdec769d1db3b486d8922abd0f1d8530b88d14e781224b462e07a9c2d6c4",
        "requirements": "8f1f6f48634432f37338788381dbc4bdec20fb1fd0918512a0fd963978e51b26",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""
