"""What one tenant has in a store: sizes, and who makes room for whom. The records are elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestratord.stores.errors import FullError, TooLargeError


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is reckoned with. `size` in bytes, `created_ms` in Unix milliseconds."""

    id: str
    size: int
    created_ms: float
    trace: bool


class Shelf:
    """The entries of one tenant, at most `max_bytes` of them together; room that was promised counts."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: dict[str, Entry] = {}
        self._traces: dict[str, Entry] = {}
        self._bytes = 0

    def fill(self, found: Iterable[Entry]) -> None:
        """Take in what is there already, whatever its size."""
        for entry in sorted(found, key=lambda entry: entry.created_ms):
            self._bytes += entry.size
            self.put(entry)

    def find(self, artifact_id: str) -> Entry | None:
        """The entry of an artifact."""
        return self._entries.get(artifact_id)

    @property
    def oldest_trace(self) -> Entry | None:
        """The trace that would go first."""
        return next(iter(self._traces.values()), None)

    def promise(self, size: int) -> list[Entry]:
        """Set room aside for a record of so many bytes; answers the traces that were taken off for it.

        Raises FullError when there is no such room, TooLargeError when there never can be, and then nothing
        was taken off.
        """
        # OC-CTRL-2077
        if size > self._max_bytes:
            raise TooLargeError(f"the artifacts of this tenant may occupy {self._max_bytes} bytes")
        # OC-CTRL-2076: traces make room, the oldest first; what a client has stored never does.
        lacking, leaving = self._bytes + size - self._max_bytes, list[Entry]()
        for trace in self._traces.values():
            if lacking <= 0:
                break
            leaving.append(trace)
            lacking -= trace.size
        if lacking > 0:
            raise FullError(f"the artifacts of this tenant may occupy {self._max_bytes} bytes")
        for trace in leaving:
            self.take_off(trace)
        self._bytes += size
        return leaving

    def give_back(self, size: int) -> None:
        """The room that was promised is not needed."""
        self._bytes -= size

    def put(self, entry: Entry) -> None:
        """Let a record be found whose room was promised."""
        self._entries[entry.id] = entry
        if entry.trace:
            self._traces[entry.id] = entry

    def take_off(self, entry: Entry) -> bool:
        """Find a record no more; False when it was taken off before."""
        if self._entries.get(entry.id) is not entry:
            return False
        del self._entries[entry.id]
        self._traces.pop(entry.id, None)
        self._bytes -= entry.size
        return True

    def older_than(self, time_ms: float) -> list[Entry]:
        """Take off the traces that were created before a time; answers them."""
        leaving: list[Entry] = []
        for trace in self._traces.values():
            if trace.created_ms >= time_ms:
                break
            leaving.append(trace)
        for trace in leaving:
            self.take_off(trace)
        return leaving
