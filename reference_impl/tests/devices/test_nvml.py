"""Devices through NVML's real C interface, spoken by a library whose answers the test chooses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestratord.core.pools.devices import Device, Reading
from orchestratord.devices import ConfiguredInventory, DeviceLostError
from orchestratord.devices.nvml import numa_node
from orchqueue.kit.devices import FakeGpu, FakeNvml

GIB = 1024**3
BIG = FakeGpu("GPU-big", 24 * GIB, used_bytes=3 * GIB, utilization=41, ecc_errors=2, name="Big One")
SMALL = FakeGpu("GPU-small", 8 * GIB, name="Small One")

# In a process of its own: a library is loaded once, and found by the environment of the start.
ASK = """
import json, sys
from dataclasses import asdict
from orchestratord.core.pools.devices import Device
from orchestratord.devices import DeviceError, driver_inventory
try:
    inventory = driver_inventory([Device(1, 1, numa_node=3)])
except DeviceError as error:
    print(json.dumps({"no driver": str(error)})); raise SystemExit
if inventory is None:
    print(json.dumps(None)); raise SystemExit
for line in sys.stdin:
    told = {"devices": {}, "readings": {}}
    try:
        told["devices"] = {index: asdict(device) for index, device in inventory.devices().items()}
        for index in map(int, line.split()):
            try:
                told["readings"][index] = asdict(inventory.read(index))
            except DeviceError as error:
                told["readings"][index] = [type(error).__name__, str(error)]
    except DeviceError as error:
        told = [type(error).__name__, str(error)]
    print(json.dumps(told), flush=True)
inventory.close()
"""


class Asker:
    """Someone who asks for devices in a process of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", ASK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        )

    def ask(self, *indices: int) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, indices)) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> str:
        said, _ = self._process.communicate(timeout=30)
        assert self._process.returncode == 0
        return said


Begin = Callable[[FakeNvml], Asker]


@pytest.fixture
def begin() -> Iterator[Begin]:
    begun: list[Asker] = []

    def one(nvml: FakeNvml) -> Asker:
        begun.append(Asker(nvml.environment))
        return begun[-1]

    yield one
    for asker in begun:
        asker.end()


def test_devices_are_told_as_they_are(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [BIG, SMALL])
    asker = begin(nvml)
    told = asker.ask(0, 1)
    assert told["devices"]["0"] == {
        "index": 0,
        "total_bytes": 24 * GIB,
        "uuid": "GPU-big",
        "name": "Big One",
        "numa_node": None,
    }
    assert told["readings"] == {
        "0": {"used_bytes": 3 * GIB, "utilization": 41.0, "ecc_errors": 2},
        "1": {"used_bytes": 0, "utilization": 0.0, "ecc_errors": None},
    }


@pytest.mark.requirement("ORCH-3013")
def test_the_node_of_a_device_is_the_configurations_where_the_host_tells_none(
    tmp_path: Path, begin: Begin
) -> None:
    told = begin(FakeNvml(tmp_path, [BIG, SMALL])).ask()["devices"]
    assert [told[index]["numa_node"] for index in ("0", "1")] == [None, 3]


def test_what_changes_is_told_anew(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [BIG, SMALL])
    asker = begin(nvml)
    asker.ask(0)
    nvml.change(0, used_bytes=5 * GIB, ecc_errors=3)
    assert asker.ask(0)["readings"]["0"] == {"used_bytes": 5 * GIB, "utilization": 41.0, "ecc_errors": 3}


def test_a_lost_device_is_told_apart_and_the_others_stay(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [BIG, SMALL])
    asker = begin(nvml)
    asker.ask()
    nvml.change(0, lost=True)
    told = asker.ask(0, 1, 7)
    assert list(told["devices"]) == ["1"]
    assert told["readings"]["0"][0] == told["readings"]["7"][0] == "DeviceLostError"
    assert told["readings"]["1"]["used_bytes"] == 0


def test_a_device_that_was_reset_is_found_again(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [BIG, SMALL])
    asker = begin(nvml)
    nvml.change(0, lost=True)
    assert list(asker.ask()["devices"]) == ["1"]
    assert list(asker.ask()["devices"]) == ["1"]
    nvml.change(0, lost=False)
    assert list(asker.ask()["devices"]) == ["0", "1"]
    nvml.change(1, lost=True)
    asker.ask()
    nvml.unload_driver()
    assert asker.ask()[0] == asker.ask()[0] == "DeviceError"
    FakeNvml(tmp_path, [BIG])
    assert list(asker.ask()["devices"]) == ["0"]


def test_a_driver_that_goes_away_is_a_failure_and_no_empty_machine(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [BIG])
    asker = begin(nvml)
    asker.ask()
    nvml.unload_driver()
    kind, message = asker.ask()
    assert kind == "DeviceError"
    assert "Driver Not Loaded" in message
    nvml_back = FakeNvml(tmp_path, [BIG])
    assert asker.ask(0)["readings"]["0"]["used_bytes"] == 3 * GIB
    assert nvml_back.environment == nvml.environment


def test_a_machine_without_a_driver_has_no_inventory_of_one(tmp_path: Path, begin: Begin) -> None:
    nvml = FakeNvml(tmp_path, [])
    nvml.unload_driver()
    assert begin(nvml).end() == "null\n"


def test_configured_devices_are_taken_as_written() -> None:
    inventory = ConfiguredInventory([Device(0, 8 * GIB), Device(3, 24 * GIB, name="Big One")])
    assert list(inventory.devices()) == [0, 3]
    assert inventory.read(3) == Reading()
    with pytest.raises(DeviceLostError, match="no device 1"):
        inventory.read(1)
    inventory.close()


def test_the_kernel_is_asked_for_the_numa_node_in_its_own_spelling(tmp_path: Path) -> None:
    folder = tmp_path / "0000:3b:00.0"
    folder.mkdir()
    (folder / "numa_node").write_text("1\n")
    assert numa_node("00000000:3B:00.0", tmp_path) == 1
    (folder / "numa_node").write_text("-1\n")
    assert numa_node("00000000:3B:00.0", tmp_path) is None
    assert numa_node("00000000:5E:00.0", tmp_path) is None
