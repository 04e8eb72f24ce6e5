"""What happened to devices, told from one look to the next, and counted once however many notice it.

A driver error is seen in the device's own counters, in the words of each worker on it, or in both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from orchestratord.core.pools.exits import DriverEvent
from orchestratord.core.pools.machine import Look


def events_between(before: Look, after: Look) -> Mapping[int, DriverEvent]:
    """What happened to each device: it is lost, or it has had more uncorrected ECC errors."""
    # ORCH-3053
    found: dict[int, DriverEvent] = {}
    for index in before.devices:
        if index not in after.devices:
            found[index] = DriverEvent.RESET
            continue
        earlier, later = _ecc_errors(before, index), _ecc_errors(after, index)
        if earlier is not None and later is not None and later > earlier:
            found[index] = DriverEvent.ECC
    return found


def _ecc_errors(look: Look, index: int) -> int | None:
    reading = look.readings.get(index)
    return None if reading is None else reading.ecc_errors


@dataclass(slots=True)
class _Note:
    event: DriverEvent
    devices: frozenset[int]
    at_ms: float
    seen_by: set[str] = field(default_factory=set)


class DriverEvents:
    """Which reports of one pool tell of the same event. Within `window_ms` different reporters do."""

    def __init__(self, window_ms: float) -> None:
        self._window_ms = window_ms
        self._notes: list[_Note] = []

    def is_new(self, event: DriverEvent, devices: Collection[int], reporter: str, now_ms: float) -> bool:
        """Whether nobody else has reported this before. A reporter never reports one event twice."""
        # OC-POOL-3030
        self._notes = [note for note in self._notes if note.at_ms > now_ms - self._window_ms]
        for note in self._notes:
            if note.event is event and reporter not in note.seen_by and note.devices & set(devices):
                note.seen_by.add(reporter)
                return False
        self._notes.append(_Note(event, frozenset(devices), now_ms, {reporter}))
        return True
