"""Artifacts in the server's own memory, which end with it."""

from typing import ClassVar

from orchestratord.stores.base import ArtifactStore
from orchestratord.stores.shelf import Entry


class MemoryStore(ArtifactStore):
    """Keeps records as bytes; nothing here waits."""

    blocking: ClassVar[bool] = False

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._records: dict[tuple[str, str], bytes] = {}

    def _write(self, place: str, entry: Entry, data: bytes) -> None:
        self._records[place, entry.id] = data

    def _read(self, place: str, entry: Entry) -> bytes | None:
        return self._records.get((place, entry.id))

    def _drop(self, place: str, entry: Entry) -> None:
        self._records.pop((place, entry.id), None)
