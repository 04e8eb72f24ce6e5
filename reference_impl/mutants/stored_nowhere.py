"""What cannot be written is accepted."""

from contextlib import suppress
from typing import Any

from mutants._planting import Patch
from orchestratord.stores import FilesystemStore

REQUIREMENTS = ["OC-CTRL-2078"]


def plant(patch: Patch) -> None:
    """Pass over the failures of the disk."""
    patch(FilesystemStore, "_write", _regardless)


def _regardless(real: Any) -> Any:
    def write(store: FilesystemStore, *args: Any) -> None:
        with suppress(OSError):
            real(store, *args)

    return write
