# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:e64174b53a15df98301d562431e66e79e50617ea65e5e7e5fe8cd19493255534
# contracts/events.yaml sha256:ee87973ab2b637c9c052e47323aba0c7c3a6192cc1bfbaff5221f73f3e14ed32
# contracts/metrics.yaml sha256:0dbacea9817f0d3a875cac718b55c0bf605bdbd880f9438a72fb69d5a6b71fcb
# contracts/errors.yaml sha256:0707acecfaf5b2aba97354c7a85fc8b5739a15248b335cdf2fe188089b7cf48c
# contracts/config.schema.json sha256:31decc592e347089c0cec4b30fda90cca1858a371ea2126e37b94589e4647a72
# requirements/index.json sha256:dcab4907b6bfe8ebde344b09f2d8047eaad3e0009ad288b16ba56f0e8accf746

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
        "openapi": "e64174b53a15df98301d562431e66e79e50617ea65e5e7e5fe8cd19493255534",
        "events": "ee87973ab2b637c9c052e47323aba0c7c3a6192cc1bfbaff5221f73f3e14ed32",
        "metrics": "0dbacea9817f0d3a875cac718b55c0bf605bdbd880f9438a72fb69d5a6b71fcb",
        "errors": "0707acecfaf5b2aba97354c7a85fc8b5739a15248b335cdf2fe188089b7cf48c",
        "config.schema": "31decc592e347089c0cec4b30fda90cca1858a371ea2126e37b94589e4647a72",
        "requirements": "dcab4907b6bfe8ebde344b09f2d8047eaad3e0009ad288b16ba56f0e8accf746",
    }
)
"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""
