"""What a task is taken to cost until it has ended, learnt from what the ended tasks of its flow used.

What it has cost then is the caller's to say; weights and shares are in `fairness`.
"""

from msgspec import Struct

from orchestratord.core.tasks import Priority

HALF_LIFE_TASKS = 128
ENOUGH_TASKS = 4

_DECAY: float = 0.5 ** (1 / HALF_LIFE_TASKS)


class Estimate(Struct, frozen=True, gc=False):
    """What a task is reckoned with: tokens of its prompt as estimated, tokens allowed, and its cost."""

    tokens_in: int
    tokens_allowed: int
    cost: float


class Usage:
    """What tasks turn out to use, by a `count` of them. An observation weighs half after 128 further ones.

    Output is a line over what is allowed, by least squares, that lies between a constant and a fixed part of
    it: some clients allow what they need and somewhat more, others the same large number always.
    """

    __slots__ = ("_allowed", "_both", "_estimated_in", "_square", "_tokens_in", "_used", "_weight", "count")

    def __init__(self) -> None:
        self.count = 0
        self._weight = self._allowed = self._used = self._square = self._both = 0.0
        self._tokens_in = self._estimated_in = 0.0

    def observe(self, estimate: Estimate, tokens_in: int, tokens_out: int) -> None:
        """A task has ended, and has used so much."""
        allowed = estimate.tokens_allowed
        self.count += 1
        self._weight = self._weight * _DECAY + 1.0
        self._allowed = self._allowed * _DECAY + allowed
        self._used = self._used * _DECAY + tokens_out
        self._square = self._square * _DECAY + allowed * allowed
        self._both = self._both * _DECAY + allowed * tokens_out
        self._tokens_in = self._tokens_in * _DECAY + tokens_in
        self._estimated_in = self._estimated_in * _DECAY + estimate.tokens_in

    def cost(self, tokens_in: int, tokens_allowed: int) -> float:
        """What a task will use on average, in tokens: never more output than it is allowed."""
        if not self._weight:
            return float(tokens_in + tokens_allowed)
        prompt = self._tokens_in / self._estimated_in * tokens_in if self._estimated_in else float(tokens_in)
        return prompt + min(float(tokens_allowed), self._output(tokens_allowed))

    def _output(self, tokens_allowed: int) -> float:
        allowed, used = self._allowed / self._weight, self._used / self._weight
        if not allowed:
            return used
        spread = self._square / self._weight - allowed * allowed
        steepest = used / allowed
        slope = steepest
        if spread > 1e-6 * allowed * allowed:
            slope = min(max((self._both / self._weight - allowed * used) / spread, 0.0), steepest)
        return used + slope * (tokens_allowed - allowed)


class Costs:
    """The estimates of one pool: by flow, and by all of its flows for one that is new."""

    def __init__(self) -> None:
        self._flows: dict[tuple[str, Priority], Usage] = {}
        self._all = Usage()

    def estimate(self, tenant: str, priority: Priority, tokens_in: int, tokens_allowed: int) -> Estimate:
        """What a new task is taken to cost; prompt and all that it is allowed until four tasks have ended.

        Whole tokens, at least one.
        """
        # OC-CORE-1056
        usage = self._flows.get((tenant, priority))
        if usage is None or usage.count < ENOUGH_TASKS:
            usage = self._all
        known = usage.count >= ENOUGH_TASKS
        cost = usage.cost(tokens_in, tokens_allowed) if known else tokens_in + tokens_allowed
        return Estimate(tokens_in, tokens_allowed, float(max(1, round(cost))))

    def ended(
        self, tenant: str, priority: Priority, estimate: Estimate, tokens_in: int, tokens_out: int
    ) -> None:
        """A task that was dispatched has ended, however, and has used so much."""
        flow = self._flows.get((tenant, priority))
        if flow is None:
            flow = self._flows[tenant, priority] = Usage()
        flow.observe(estimate, tokens_in, tokens_out)
        self._all.observe(estimate, tokens_in, tokens_out)
