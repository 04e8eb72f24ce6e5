"""Triton's folders: the model repository, and its Python backend put together out of the wheel.

Starts nothing. The wheel is `nvidia-pytriton`, in an environment of its own, since it needs an old numpy.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, rmtree

from orchqueue.kit.errors import NotTestable
from orchqueue.kit.triton.script import TritonModel

_MODEL = Path(__file__).with_name("model.py")
_BACKEND_FILES = ("libtriton_python.so", "triton_python_backend_utils.py")
_STUB = "triton_python_backend_stub"
_CONFIG = """\
name: {name}
backend: "python"
max_batch_size: 0
model_transaction_policy {{ decoupled: true }}
input [ {{ name: "text_input" data_type: TYPE_STRING dims: [ 1 ] }} ]
output [ {{ name: "text_output" data_type: TYPE_STRING dims: [ 1 ] }} ]
instance_group [ {{ count: {slots} kind: KIND_CPU }} ]
parameters [
{parameters}
]
"""


@dataclass(frozen=True)
class Wheel:
    """Where the parts of the installed wheel are; `python` is the version of that environment, as `3.11`."""

    environment: Path
    python: str

    @classmethod
    def find(cls, environment: Path) -> "Wheel":
        """Find the wheel in a virtual environment; raises NotTestable where there is none."""
        for found in sorted(environment.glob("lib/python3.*/site-packages/pytriton/tritonserver")):
            return cls(environment, found.parents[2].name.removeprefix("python"))
        raise NotTestable(f"there is no Triton in {environment}; the extra `engine-triton` brings it")

    @property
    def program(self) -> Path:
        """The server."""
        return self._server / "bin" / "tritonserver"

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the program runs with: where its libraries are, and where its Python is.

        The backend takes the packages of the first Python on the path, and needs numpy among them.
        """
        path = os.environ.get("PATH", os.defpath)
        return {
            "LD_LIBRARY_PATH": str(self._packages / "nvidia_pytriton.libs"),
            "PATH": os.pathsep.join([str(self.environment / "bin"), path]),
        }

    def backend_files(self) -> list[Path]:
        """Return the files that make up the Python backend for this environment's Python."""
        stub = self._server / "python_backend_stubs" / self.python / _STUB
        if not stub.exists():
            raise NotTestable(f"this Triton has no backend for Python {self.python}")
        return [*(self._server / "backends" / "python" / name for name in _BACKEND_FILES), stub]

    @property
    def _packages(self) -> Path:
        return self.environment / "lib" / f"python{self.python}" / "site-packages"

    @property
    def _server(self) -> Path:
        return self._packages / "pytriton" / "tritonserver"


@dataclass(frozen=True)
class Layout:
    """Where everything of one server lies."""

    folder: Path

    @property
    def models(self) -> Path:
        """The model repository."""
        return self.folder / "models"

    @property
    def backends(self) -> Path:
        """The folder of backends."""
        return self.folder / "backends"

    @property
    def script(self) -> Path:
        """How the models behave, as JSON."""
        return self.folder / "script.json"

    @property
    def gates(self) -> Path:
        """Where a file stands for each gate that is open."""
        return self.folder / "gates"

    @property
    def work(self) -> Path:
        """What the models did, a JSON object a line."""
        return self.folder / "work.jsonl"

    def write(self, wheel: Wheel, models: Sequence[TritonModel]) -> None:
        """Write the model repository and the backend; raises NotTestable, or OSError."""
        for left_over in (self.models, self.backends, self.gates):
            rmtree(left_over, ignore_errors=True)
        self.work.unlink(missing_ok=True)
        self.gates.mkdir(parents=True)
        backend = self.backends / "python"
        backend.mkdir(parents=True)
        for file in wheel.backend_files():
            (backend / file.name).symlink_to(file.resolve())
        for model in models:
            version = self.models / model.name / "1"
            version.mkdir(parents=True)
            copyfile(_MODEL, version / "model.py")
            (version.parent / "config.pbtxt").write_text(self._config(model), encoding="utf-8")

    def _config(self, model: TritonModel) -> str:
        values = {
            "script": str(self.script),
            "gates": str(self.gates),
            "work": str(self.work),
            "cumulative": "true" if model.cumulative else "false",
        }
        # JSON's strings are read by the text format as they stand.
        parameters = ",\n".join(
            f'  {{ key: "{name}" value: {{ string_value: {json.dumps(value)} }} }}'
            for name, value in values.items()
        )
        return _CONFIG.format(name=json.dumps(model.name), slots=model.slots, parameters=parameters)
