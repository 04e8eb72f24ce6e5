# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:7da7a8503150e09ff9a7dc520ffa6525f9df7f8e14aefe0a7756a57d0bb89057
# contracts/events.yaml sha256:7dc131461c70fbd6755b65f37577f6a607c8bea65a68e8d811d2cfabb05953cc
# contracts/metrics.yaml sha256:4ee9e16726f915359a23f7a369cf8f2f2f51e5140555724a6936fbd895971576
# contracts/errors.yaml sha256:554a9e12cddbbd3163b5570eeeff46ea3299b6c93e390247bd9d3b3ffbc45700
# contracts/config.schema.json sha256:03b4995c224f58fb2afbfe956e069ead31bb9fe87ccf49964695ef280449dea5
# requirements/index.json sha256:3b432fcb2233a4dafe2f8911a8c1c71001fcf0dd5b28ebe4fad5083e7408c98a

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
        "openapi": "7da7a8503150e09ff9a7dc520ffa6525f9df7f8e14aefe0a7756a57d0bb89057",
        "events": "7dc131461c70fbd6755b65f37577f6a607c8bea65a68e8d811d2cfabb05953cc",
        "metrics": "4ee9e16726f915359a23f7a369cf8f2f2f51e5140555724a6936fbd895971576",
        "errors": "554a9e12cddbbd3163b5570eeeff46ea3299b6c93e390247bd9d3b3ffbc45700",
        "config.schema": "03b4995c224f58fb2afbfe956e069ead31bb9fe87ccf49964695ef280449dea5",
        "requirements": "3b432fcb2233a4dafe2f8911a8c1c71001fcf0dd5b28ebe4fad5083e7408c98a",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""
