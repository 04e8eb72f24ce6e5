"""GPUs that are not there: a shared library in NVML's name, whose answers the scenario chooses.

It is built from C when it is first needed. A launched server finds it by its environment and cannot tell it
from the driver's own.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from orchqueue.kit.errors import KitError

SOURCE = Path(__file__).with_name("fake_nvml.c")
_NAME = "libnvidia-ml.so.1"
DRIVER_NOT_LOADED, GPU_IS_LOST = 9, 15


@dataclass(frozen=True)
class FakeGpu:
    """One device. `ecc_errors` None: it does not count them; `lost`: every question about it fails."""

    uuid: str
    total_bytes: int
    used_bytes: int = 0
    utilization: int = 0
    ecc_errors: int | None = None
    name: str = "Scripted GPU"
    lost: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.used_bytes <= self.total_bytes:
            raise KitError(f"a GPU uses {self.used_bytes} of {self.total_bytes} bytes")
        if not self.uuid or any(c.isspace() for c in self.uuid) or not self.name.strip():
            raise KitError(
                f"a GPU has uuid {self.uuid!r} and name {self.name!r}; one is one word, both are some"
            )

    def __str__(self) -> str:
        """The device as the library reads it."""
        result = GPU_IS_LOST if self.lost else 0
        ecc = -1 if self.ecc_errors is None else self.ecc_errors
        memory = f"{self.total_bytes} {self.used_bytes}"
        return f"{result} {self.uuid} {memory} {self.utilization} {ecc} {self.name}"


class FakeNvml:
    """The library and its devices, in a folder of the caller's. Raises KitError when it cannot be built."""

    def __init__(self, folder: Path, gpus: list[FakeGpu]) -> None:
        self._folder = folder
        self._first = tuple(gpus)
        self._gpus = list(gpus)
        self._driver = True
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder / _NAME, _library())
        self._write()

    def __len__(self) -> int:
        """How many devices there are, lost ones included."""
        return len(self._gpus)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to meet these devices."""
        others = os.environ.get("LD_LIBRARY_PATH")
        path = str(self._folder) if not others else f"{self._folder}{os.pathsep}{others}"
        return {"LD_LIBRARY_PATH": path, "FAKE_NVML_STATE": str(self._state)}

    def change(self, index: int, **fields: object) -> None:
        """Let a device be otherwise from now on, by fields of FakeGpu."""
        self._gpus[index] = replace(self._gpus[index], **fields)  # type: ignore[arg-type]
        self._write()

    def reset(self) -> None:
        """Let the devices be as they were first."""
        self._gpus, self._driver = list(self._first), True
        self._write()

    def remove_last(self) -> None:
        """Take the device with the highest index away."""
        self._gpus.pop()
        self._write()

    def unload_driver(self) -> None:
        """Let every question fail as without a driver."""
        self._driver = False
        self._write()

    @property
    def _state(self) -> Path:
        return self._folder / "devices"

    def _write(self) -> None:
        result = 0 if self._driver else DRIVER_NOT_LOADED
        _put(self._state, (f"{result}\n" + "".join(f"{gpu}\n" for gpu in self._gpus)).encode())


def _put(path: Path, content: bytes) -> None:
    """Put a file in the place of another, which whoever has it open or loaded keeps as it was."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


@cache
def _library() -> bytes:
    """Build it, once for all folders; give what is in its file."""
    command = ["gcc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    # A process that has loaded it finds it by this name, wherever it lies.
    command.append(f"-Wl,-soname,{_NAME}")
    with TemporaryDirectory() as folder:
        built = Path(folder) / _NAME
        command += ["-o", str(built), str(SOURCE)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        except FileNotFoundError as error:
            raise KitError("gcc is needed to build the stand-in for NVML, and it is not there") from error
        if done.returncode:
            raise KitError(f"the stand-in for NVML could not be built: {done.stderr.strip()}")
        return built.read_bytes()
