"""The clock of calls: ends the one that runs when it has used up its CPU time, or when nobody waits for it.

Time on the processor is what counts, and of that what is spent in the module: a busy machine, or a collector
of garbage that comes by, does not make it fail.
"""

import threading
import time
from collections.abc import Callable
from math import inf
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.002
# Waking a thread costs more than a look now and then, so that it goes on looking for a while after a call.
IDLE_POLLS = 25


class Patience:
    """Whether somebody still waits for a call."""

    def __init__(self) -> None:
        self.over = False


class Meter:
    """Watches one call at a time. `interrupt` makes the call that runs end, from any thread."""

    def __init__(self, cpu_ms: float, interrupt: Callable[[], None]) -> None:
        self._cpu_s = cpu_ms / 1000
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._patience: Patience | None = None
        self._clock = 0
        self._left_s, self._until_s = 0.0, inf
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, call: Callable[[], T], patience: Patience) -> T:
        """What the call gives, in this thread, watched; of its time only what it spends in `spend` counts."""
        with self._lock:
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
            self._left_s, self._until_s = self._cpu_s, inf
            self._patience = patience
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._watch, name="policy-meter", daemon=True)
                self._thread.start()
        if not self._wake.is_set():
            self._wake.set()
        try:
            return call()
        finally:
            with self._lock:
                self._patience = None

    def spend(self, work: Callable[[], T]) -> T:
        """What the work gives, which is a part of the call that runs, and uses up its time."""
        began_s = time.clock_gettime(self._clock)
        self._until_s = began_s + self._left_s
        try:
            return work()
        finally:
            self._until_s = inf
            self._left_s -= time.clock_gettime(self._clock) - began_s

    def close(self) -> None:
        """Watch nothing any more."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        quiet = 0
        while not self._closed:
            quiet = 0 if self._looked() else quiet + 1
            if quiet > IDLE_POLLS:
                self._wake.clear()
                # A call that began just before that has found the event set.
                if not self._looked() and not self._closed:
                    self._wake.wait()
                quiet = 0
            time.sleep(POLL_S)

    def _looked(self) -> bool:
        """Whether a call runs; one that is over its time is interrupted, again until it has ended."""
        with self._lock:
            if self._patience is None:
                return False
            if self._patience.over or time.clock_gettime(self._clock) >= self._until_s:
                self._interrupt()
            return True
