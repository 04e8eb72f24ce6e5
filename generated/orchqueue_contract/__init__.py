# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:e13927f3e4298f1dfc5147ec720ab048ac242ea215e88446a306cb27dda11341
# contracts/events.yaml sha256:b6285b9c0ff90dabe89c3c5eb0b409c259963920f88664858a251064a19c3030
# contracts/metrics.yaml sha256:4ee9e16726f915359a23f7a369cf8f2f2f51e5140555724a6936fbd895971576
# contracts/errors.yaml sha256:554a9e12cddbbd3163b5570eeeff46ea3299b6c93e390247bd9d3b3ffbc45700
# contracts/config.schema.json sha256:ee6c562610984f0e96474d87f99b9344ee1838026fe2ee9af58a07ccab299361
# requirements/index.json sha256:9eb6259fb850c82cac90400c46f44c3f2f72acdeebd9a0543b3e21a65f88534b

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
        "openapi": "e13927f3e4298f1dfc5147ec720ab048ac242ea215e88446a306cb27dda11341",
        "events": "b6285b9c0ff90dabe89c3c5eb0b409c259963920f88664858a251064a19c3030",
        "metrics": "4ee9e16726f915359a23f7a369cf8f2f2f51e5140555724a6936fbd895971576",
        "errors": "554a9e12cddbbd3163b5570eeeff46ea3299b6c93e390247bd9d3b3ffbc45700",
        "config.schema": "ee6c562610984f0e96474d87f99b9344ee1838026fe2ee9af58a07ccab299361",
        "requirements": "9eb6259fb850c82cac90400c46f44c3f2f72acdeebd9a0543b3e21a65f88534b",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""
