"""The sample contract, the package that is written from it, and three judges that have to agree."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter, ValidationError

from orchqueue.gen.build import build
from orchqueue.gen.output import PACKAGE, write

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def sample_root(tmp_path: Path) -> Path:
    """A working tree of its own that holds the sample's sources."""
    root = tmp_path / "sample"
    shutil.copytree(SAMPLE, root)
    return root


@dataclass(frozen=True)
class Package:
    """A generated package under whatever name it was imported."""

    name: str

    def module(self, name: str) -> ModuleType:
        return import_module(f"{self.name}.{name}")

    def verdicts(self, schema: str, value: object) -> dict[str, bool]:
        """What each judge says of a value under the schema of this name."""
        raw = json.dumps(value).encode()
        adapter = TypeAdapter[Any](self._model(schema))
        decode = self.module("_asgi").decoder(getattr(self.module("structs"), schema))
        return {
            "schema": self._validator(schema).is_valid(value),
            "pydantic": _accepts(adapter.validate_python, value, ValidationError),
            "pydantic, from JSON": _accepts(adapter.validate_json, raw, ValidationError),
            "msgspec": _accepts(decode, raw, msgspec.ValidationError),
        }

    def schema_names(self) -> list[str]:
        """The schemas with a name and a model: the bodies, and the data of the events."""
        named = import_module(self.name).load("openapi")["components"]["schemas"]
        return [*(name for name in self.module("models").__all__ if name in named), *self._events()]

    def _events(self) -> dict[str, str]:
        events = self.module("events")
        return {
            spec.model.__name__: name
            for name, spec in events.EVENTS.items()
            if spec.model.__module__ == events.__name__
        }

    def _model(self, schema: str) -> Any:
        models = self.module("models")
        return getattr(models if schema in models.__all__ else self.module("events"), schema)

    def _validator(self, schema: str) -> Any:
        if schema in self.module("models").__all__:
            return self.module("schemas").validator("openapi", f"/components/schemas/{schema}")
        return self.module("schemas").validator("events", f"/events/{self._events()[schema]}/data")


def _accepts(judge: Callable[[Any], object], value: object, refusal: type[Exception]) -> bool:
    try:
        judge(value)
    except refusal:
        return False
    return True


@pytest.fixture(scope="session")
def contract() -> Package:
    """The contract package of this repository."""
    return Package("orchqueue_contract")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """The package that is written from the sample."""
    root = tmp_path_factory.mktemp("sample")
    write(root, build(SAMPLE))
    name = "sample_contract"
    folder = root / PACKAGE
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield Package(name)
    for loaded in [key for key in sys.modules if key.split(".")[0] == name]:
        del sys.modules[loaded]
