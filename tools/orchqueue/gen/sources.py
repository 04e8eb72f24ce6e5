"""The contract files as they were read: their bytes, what they say, and their digest. Judges no content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchqueue.gen.errors import SourceError

Node = Mapping[str, Any]

FILES = {
    "openapi": "contracts/openapi.yaml",
    "events": "contracts/events.yaml",
    "metrics": "contracts/metrics.yaml",
    "errors": "contracts/errors.yaml",
    "config.schema": "contracts/config.schema.json",
    "requirements": "requirements/index.json",
}


@dataclass(frozen=True)
class Source:
    """One file: `name` as `load` takes it, `path` from the root, `digest` the sha256 of its bytes in hex."""

    name: str
    path: str
    raw: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def file_name(self) -> str:
        """Under what name the package carries the file."""
        return Path(self.path).name

    def parse(self) -> Node:
        """What the file says. Raises SourceError where it is no YAML or JSON object."""
        try:
            data = (
                json.loads(self.raw) if self.path.endswith(".json") else yaml.load(self.raw, yaml.CSafeLoader)
            )
        except (ValueError, yaml.YAMLError) as error:
            raise SourceError(f"{self.path} cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise SourceError(f"{self.path} holds no object; run `orchqueue spec extract`")
        return data


def read(root: Path) -> dict[str, Source]:
    """All sources below `root`, by name. Raises SourceError when one is missing."""
    sources = {}
    for name, path in FILES.items():
        try:
            sources[name] = Source(name, path, (root / path).read_bytes())
        except OSError as error:
            raise SourceError(
                f"{path} cannot be read ({error.strerror}); run `orchqueue spec extract`"
            ) from error
    return sources
