"""Sessions: what each may still spend, which replica it was served by, and when it ends.

Time comes in with every call; timers are the shell's, and so is whether a replica still is what it was.
"""

from collections import OrderedDict

from msgspec import Struct

from orchestratord.core.budgets import Account, Amount, Budgets


class SessionKey(Struct, frozen=True, gc=False):
    """Names a session: ids belong to tenants, and two tenants may use the same one."""

    tenant: str
    session_id: str


class Home(Struct, frozen=True, gc=False):
    """The replica that served a session last.

    `outages` is how often it had ceased to be ready by then, `tokens` what the task had of prompt and output,
    `cached` whether their KV state could be left behind.
    """

    pool_id: str
    replica_id: str
    outages: int
    tokens: int
    cached: bool

    def is_at(self, pool_id: str, replica_id: str) -> bool:
        """Whether this is the replica."""
        return self.pool_id == pool_id and self.replica_id == replica_id

    def keeps(self, outages: int) -> bool:
        """Whether the KV state is still there, by how often the replica has ceased to be ready."""
        return self.cached and self.outages == outages


class Session:
    """What the tasks of one session share. Once it has `ended` nothing changes any more.

    `models` are the ids, in the catalog, of the models that its tasks have had.
    """

    __slots__ = ("account", "ended", "home", "key", "last_use_ms", "models")

    def __init__(self, key: SessionKey, budgets: Budgets) -> None:
        self.key = key
        self.account = Account(budgets)
        self.home: Home | None = None
        self.last_use_ms = 0.0
        self.ended = False
        self.models: frozenset[str] = frozenset()

    def home_in(self, pool_id: str) -> str | None:
        """The replica of a pool that served it last, if that was of this pool."""
        return self.home.replica_id if self.home is not None and self.home.pool_id == pool_id else None


class SessionTable:
    """The sessions that have not ended, the one that was used longest ago first.

    Those are at most as many as tasks were accepted within `ttl_ms`.
    """

    def __init__(self, budgets: Budgets, ttl_ms: float) -> None:
        self.ttl_ms = ttl_ms
        self._budgets = budgets
        self._sessions: OrderedDict[SessionKey, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def renew(self, budgets: Budgets, ttl_ms: float) -> None:
        """Give sessions that begin these budgets from now on, and all of them this time."""
        self.ttl_ms, self._budgets = ttl_ms, budgets

    def forget_home(self, pool_id: str) -> None:
        """No session has KV state in that pool any more."""
        for session in self._sessions.values():
            if session.home is not None and session.home.pool_id == pool_id:
                session.home = None

    def find(self, key: SessionKey, now_ms: float) -> Session | None:
        """The session of that key, unless it has ended."""
        session = self._sessions.get(key)
        if session is None or not self._lives(session, now_ms):
            return None
        return session

    def find_or_new(self, key: SessionKey, now_ms: float) -> Session:
        """The session of that key, or a new one, which begins when a task of it is accepted."""
        session = self._sessions.get(key)
        if session is not None and self._lives(session, now_ms):
            return session
        return Session(key, self._budgets)

    def accept(self, session: Session, need: Amount, now_ms: float) -> None:
        """A task of the session is accepted and holds its worst case; the session was just looked up."""
        session.account.hold(need)
        self._sessions[session.key] = session
        self._use(session, now_ms)

    def settle(self, session: Session, held: Amount, actual: Amount, now_ms: float) -> bool:
        """A task of the session has ended; False when the session had ended before it."""
        # OC-CTRL-2064
        if not self._lives(session, now_ms):
            return False
        session.account.settle(held, actual)
        self._use(session, now_ms)
        return True

    def delete(self, key: SessionKey) -> bool:
        """End a session; False when there is none."""
        session = self._sessions.get(key)
        if session is None:
            return False
        self._end(session)
        return True

    def expire(self, now_ms: float) -> float | None:
        """End what was not used for its time; answers when the next may be due, None when there is none."""
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if self._lives(oldest, now_ms):
                return oldest.last_use_ms + self.ttl_ms
        return None

    def _lives(self, session: Session, now_ms: float) -> bool:
        """Whether it has not ended; one whose time has passed ends here, whenever the timer comes."""
        # ORCH-3021
        if not session.ended and now_ms - session.last_use_ms >= self.ttl_ms:
            self._end(session)
        return not session.ended

    def _use(self, session: Session, now_ms: float) -> None:
        session.last_use_ms = now_ms
        self._sessions.move_to_end(session.key)

    def _end(self, session: Session) -> None:
        session.ended = True
        session.home = None
        del self._sessions[session.key]
