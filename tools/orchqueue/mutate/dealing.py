"""Who tries what: items are dealt out by the server that each needs, so that few are started."""

import threading
from collections import Counter, deque
from collections.abc import Collection, Hashable, Sequence


class Deal:
    """Deals out the indices of items, whose servers these are, to whoever asks.

    Who has a server gets what else needs it; who has none, or is done with it, the server that has most left
    and that the fewest have. A server of `alone` is for one at a time: several at once would be more than a
    machine starts in time.
    """

    def __init__(self, servers: Sequence[str], alone: Collection[str]) -> None:
        self._left: dict[str, deque[int]] = {}
        for index, server in enumerate(servers):
            self._left.setdefault(server, deque()).append(index)
        self._alone = frozenset(alone)
        self._has: dict[Hashable, str] = {}
        self._lock = threading.Lock()

    def take(self, who: Hashable) -> int | None:
        """Give the next one, or None when there is nothing left that another does not do."""
        with self._lock:
            own = self._has.pop(who, None)
            server = own if own is not None and self._left[own] else self._another()
            if server is None:
                return None
            self._has[who] = server
            return self._left[server].popleft()

    def _another(self) -> str | None:
        held = Counter(self._has.values())
        free = [
            server
            for server, left in self._left.items()
            if left and not (server in self._alone and held[server])
        ]
        # What is for one alone is begun with first: nobody can help with it later.
        return min(
            free,
            key=lambda server: (held[server], server not in self._alone, -len(self._left[server]), server),
            default=None,
        )
