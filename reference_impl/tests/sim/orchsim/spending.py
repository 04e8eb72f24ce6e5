"""What sessions have spent and where they are at home, by the simulation's own count. The service's account
of a session is held against it whenever a task begins or ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

from orchestratord.core.budgets import Amount, Budgets, Remaining
from orchsim.lives import Life
from orchsim.scenario import WALL_MS, Sessions


@dataclass(slots=True)
class Purse:
    """One session: its turns, what its live tasks hold and its ended ones have used together, how many tasks
    hold something, and the engine that served it last.
    """

    turns: int = 0
    tokens: int = 0
    time_ms: int = 0
    cost: int = 0
    holds: int = 0
    last_use_ms: float = 0.0
    home: str | None = None
    ended: bool = False

    def exceeded(self, budgets: Budgets, need: Amount) -> list[str]:
        """The budgets that a further task of this need would exceed, by name."""
        over = ["turns"] if self.turns >= budgets.turns else []
        if budgets.tokens is not None and self.tokens + need.tokens > budgets.tokens:
            over.append("tokens")
        if budgets.time_ms is not None and self.time_ms + need.time_ms > budgets.time_ms:
            over.append("time_ms")
        if budgets.cost is not None and self.cost + need.cost > budgets.cost:
            over.append("cost")
        return over

    def hold(self, need: Amount) -> None:
        """A task sets aside what it may need."""
        self.turns += 1
        self.holds += 1
        self.tokens += need.tokens
        self.time_ms += need.time_ms
        self.cost += need.cost

    def settle(self, held: Amount, used: Amount) -> None:
        """A task holds nothing more, and has used this."""
        self.holds -= 1
        self.tokens += used.tokens - held.tokens
        self.time_ms += used.time_ms - held.time_ms
        self.cost += used.cost - held.cost

    def remaining(self, budgets: Budgets) -> Remaining:
        """What is left of each budget."""
        return Remaining(
            None if budgets.tokens is None else max(0, budgets.tokens - self.tokens),
            None if budgets.time_ms is None else max(0, budgets.time_ms - self.time_ms),
            None if budgets.cost is None else max(0, budgets.cost - self.cost),
        )


class Spending:
    """All sessions of one world. `broken` is told of a law that does not hold."""

    def __init__(self, plan: Sessions, broken: Callable[[str, str], None]) -> None:
        self._plan = plan
        self._broken = broken
        self._purses: dict[tuple[str, int], Purse] = {}
        price, bounds = plan.budgets.price, plan.budgets
        self._bounded = any(one is not None for one in (bounds.tokens, bounds.time_ms, bounds.cost))
        self._numerator, self._denominator = price.numerator, price.denominator

    def admitted(self, life: Life, now_ms: float) -> None:
        """A task has a place in a queue, and holds the worst case."""
        key = (life.tenant, life.session)
        purse = self._living(key, now_ms)
        if purse is None:
            purse = self._purses[key] = Purse()
        need = self._worst_case(life)
        if over := purse.exceeded(self._plan.budgets, need):
            self._broken("never overspent", f"task {life.number} was accepted beyond {sorted(over)}")
        purse.hold(need)
        purse.last_use_ms = now_ms
        life.purse, life.hold = purse, need
        self._compare(life, purse)

    def refused(self, life: Life, names: set[str], now_ms: float) -> None:
        """A task was refused for these budgets of its session."""
        purse = self._living((life.tenant, life.session), now_ms) or Purse()
        over = set(purse.exceeded(self._plan.budgets, self._worst_case(life)))
        if over != names:
            self._broken(
                "never overspent",
                f"task {life.number} was refused for {sorted(names)}, it exceeds {sorted(over)}",
            )

    def ended(self, life: Life, now_ms: float) -> None:
        """A task has ended, however: it holds nothing more, and has used what it used."""
        purse = life.purse
        assert purse is not None
        if not self._lives(purse, now_ms):
            return
        tokens = life.tokens_in + life.tokens_said if life.spoke_at is not None else 0
        purse.settle(life.hold, self._amount(tokens, round(life.decoded_ms)))
        purse.last_use_ms = now_ms
        if life.spoke_at is not None and not life.paused:
            purse.home = life.spoke_at
        self._compare(life, purse)

    def deleted(self, tenant: str, session: int) -> None:
        """A client has ended a session."""
        purse = self._purses.pop((tenant, session), None)
        if purse is not None:
            purse.ended = True

    def home(self, life: Life, now_ms: float) -> str | None:
        """The engine that served the session of a task last, as long as the session lives."""
        purse = life.purse
        return purse.home if purse is not None and self._lives(purse, now_ms) else None

    def check_all_over(self, life: Life, now_ms: float) -> None:
        """Every task has ended: no session holds anything."""
        purse = life.purse
        if purse is None or not self._lives(purse, now_ms):
            return
        if purse.holds:
            told = f"{purse.holds} tasks hold something of the session of task {life.number}"
            self._broken("holds balance", f"{told} after the end")
        self._compare(life, purse)

    def _compare(self, life: Life, purse: Purse) -> None:
        assert life.job is not None
        account = life.job.session.account
        if account.turns != purse.turns:
            told = f"has had {account.turns} turns, it should {purse.turns}"
            self._broken("holds balance", f"the session of task {life.number} {told}")
        if self._bounded and account.remaining != (left := purse.remaining(self._plan.budgets)):
            told = f"has {account.remaining}, it should {left}"
            self._broken("holds balance", f"the session of task {life.number} {told}")

    def _living(self, key: tuple[str, int], now_ms: float) -> Purse | None:
        purse = self._purses.get(key)
        return purse if purse is not None and self._lives(purse, now_ms) else None

    def _lives(self, purse: Purse, now_ms: float) -> bool:
        if now_ms - purse.last_use_ms >= self._plan.ttl_ms:
            purse.ended = True
        return not purse.ended

    def _worst_case(self, life: Life) -> Amount:
        return self._amount(life.prompt_tokens + life.allowed_tokens, min(WALL_MS, life.deadline_ms))

    def _amount(self, tokens: int, time_ms: int) -> Amount:
        return Amount(tokens, time_ms, -(-tokens * self._numerator // self._denominator))
