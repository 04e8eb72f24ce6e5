"""What the lines about GPUs do to them, and configurations whose workers claim what they do not allow."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orchqueue.kit.devices import FakeGpu, FakeNvml
from orchqueue_bdd import devised
from orchqueue_bdd.processes import prepare
from orchqueue_bdd.world import World

CHANGES: dict[str, dict[str, Any]] = {
    "is lost": {"lost": True},
    "is there": {"lost": False},
    "counts another uncorrected ECC error": {"ecc_errors": 5},
    "has almost all of its memory taken": {"used_bytes": 23 * devised.GB},
}


def change(world: World, name: str, what: str) -> None:
    """Have something befall a device. Raises AssertionError for unknown words."""
    assert what in CHANGES, f"nobody has said how a device {what!r}"
    world.nvml.change(devised.INDEX[name], **CHANGES[what])


def prepare_on(world: World, sizes: str) -> None:
    """Make a right configuration for a machine with devices of so many GB each, as `24, 8`."""
    own = prepare(world)
    folder = TemporaryDirectory(prefix="orchqueue-nvml-")
    world.at_end(folder.cleanup)
    totals = [int(size) * devised.GB for size in sizes.split(", ")]
    gpus = [FakeGpu(f"GPU-{index}", total) for index, total in enumerate(totals)]
    own.env |= FakeNvml(Path(folder.name), gpus).environment
