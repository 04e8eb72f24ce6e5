"""The contract of a store of artifacts, and all of it that does not depend on where the bytes are.

A record is found only once it is whole where it is kept. What may be found, and how much room is left, is in
`shelf`.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from hashlib import sha256
from typing import ClassVar

from orchestratord.core.artifacts import Artifact
from orchestratord.stores import record
from orchestratord.stores.errors import DamagedError, StoreError
from orchestratord.stores.shelf import Entry, Shelf


class ArtifactStore(ABC):
    """The artifacts of all tenants. Calls may come from any thread.

    `blocking` says that a call may wait for a disk. `max_bytes` is what one tenant's records may occupy.
    """

    blocking: ClassVar[bool]

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._shelves: dict[str, Shelf] = {}
        self._arriving: dict[tuple[str, str], threading.Event] = {}

    def put(self, tenant: str, artifact: Artifact) -> Artifact:
        """Keep an artifact; answers the record under its id, which is the first one where there was one.

        It outlives the server when this returns, in stores where anything does. A record that is damaged is
        replaced. Raises FullError, and StoreError, after which nothing is there but what was before.
        """
        place, data = _place(tenant), record.to_bytes(artifact)
        entry = Entry(artifact.id, len(data), artifact.created_ms, artifact.kind == "trace")
        while True:
            with self._lock:
                shelf = self._shelf(place)
                other, known = self._arriving.get((place, artifact.id)), shelf.find(artifact.id)
                if other is None and known is None:
                    leaving = shelf.promise(entry.size)
                    arrived = self._arriving[place, artifact.id] = threading.Event()
                    break
            if other is not None:
                other.wait()
            elif (first := self._mended(place, artifact.id)) is not None:
                return first
        try:
            self._drop_all(place, leaving)
            self._write(place, entry, data)
        except BaseException as error:
            with self._lock:
                shelf.give_back(entry.size)
            if isinstance(error, OSError):
                raise StoreError(f"{artifact.id} cannot be written: {error.strerror or error}") from error
            raise
        else:
            with self._lock:
                shelf.put(entry)
        finally:
            with self._lock:
                del self._arriving[place, artifact.id]
            arrived.set()
        return artifact

    def get(self, tenant: str, artifact_id: str) -> Artifact | None:
        """The artifact of a tenant; None when there is none. Raises DamagedError and StoreError."""
        return self._get(_place(tenant), artifact_id)

    def holds(self, tenant: str, artifact_id: str) -> bool:
        """Whether there is a record under this id."""
        with self._lock:
            return self._shelf(_place(tenant)).find(artifact_id) is not None

    def forget(self, before_ms: float) -> int:
        """Give up the traces that were created before a time; answers how many. Raises StoreError."""
        with self._lock:
            leaving = {place: shelf.older_than(before_ms) for place, shelf in self._shelves.items()}
        for place, entries in leaving.items():
            try:
                self._drop_all(place, entries)
            except OSError as error:
                raise StoreError(f"old traces cannot be removed: {error.strerror or error}") from error
        return sum(len(entries) for entries in leaving.values())

    def oldest_trace_ms(self) -> float | None:
        """When the oldest trace was created, in Unix milliseconds; None when there is none."""
        with self._lock:
            oldest = [shelf.oldest_trace for shelf in self._shelves.values()]
        return min((trace.created_ms for trace in oldest if trace is not None), default=None)

    def close(self) -> None:
        """Give up what the store holds open. It is not used after that. Closing twice does nothing."""
        return

    @abstractmethod
    def _write(self, place: str, entry: Entry, data: bytes) -> None:
        """Write a record whole or not at all. Raises OSError."""

    @abstractmethod
    def _read(self, place: str, entry: Entry) -> bytes | None:
        """The bytes of a record; None when they are gone. Raises OSError."""

    @abstractmethod
    def _drop(self, place: str, entry: Entry) -> None:
        """Remove a record, which may be gone already. Raises OSError."""

    def _fill(self, place: str, found: Iterable[Entry]) -> None:
        """Let records be found that were there before the store was opened."""
        self._shelf(place).fill(found)

    def _shelf(self, place: str) -> Shelf:
        return self._shelves.setdefault(place, Shelf(self._max_bytes))

    def _get(self, place: str, artifact_id: str) -> Artifact | None:
        with self._lock:
            entry = self._shelf(place).find(artifact_id)
        if entry is None:
            return None
        try:
            data = self._read(place, entry)
        except OSError as error:
            raise StoreError(f"{artifact_id} cannot be read: {error.strerror or error}") from error
        if data is None:
            with self._lock:
                self._shelf(place).take_off(entry)
            return None
        return record.from_bytes(data, artifact_id)

    def _mended(self, place: str, artifact_id: str) -> Artifact | None:
        """The record that is there already, if it is whole; a damaged one is given up."""
        try:
            return self._get(place, artifact_id)
        except DamagedError:
            with self._lock:
                entry = self._shelf(place).find(artifact_id)
                gone = entry is not None and self._shelf(place).take_off(entry)
            if entry is not None and gone:
                try:
                    self._drop(place, entry)
                except OSError as error:
                    raise StoreError(
                        f"{artifact_id} is damaged and cannot be replaced: {error.strerror or error}"
                    ) from error
            return None

    def _drop_all(self, place: str, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._drop(place, entry)


def _place(tenant: str) -> str:
    """Where a tenant's records are: a name that is safe as a folder's, whatever the tenant's is."""
    return sha256(tenant.encode()).hexdigest()[:40]
