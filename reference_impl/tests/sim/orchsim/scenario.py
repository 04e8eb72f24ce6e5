"""What a world is made of: pools, engines, load and clients, all drawn from one seed.

Nothing here runs.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Literal

from orchestratord.core.budgets import Budgets
from orchsim.upheaval import CALM, Upheaval, drawn_upheaval

Arrivals = Literal["poisson", "bursts", "heavy-tails"]
Lengths = Literal["uniform", "lognormal", "pareto"]
FullPolicy = Literal["reject", "drop-lru", "shed-low-priority"]

MODEL = "simulated"
SLOT_MS_PER_TOKEN = 2.0
PREFILL_MS_PER_TOKEN = 0.2
WALL_MS = 600_000
UNBOUNDED = Budgets(turns=10**9, tokens=None, time_ms=None, cost=None)


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances from 0 to 1 that an attempt goes wrong, each in one way; `outage_every_s` 0 means none."""

    busy: float = 0.0
    refused: float = 0.0
    fault: float = 0.0
    broken: float = 0.0
    malformed: float = 0.0
    stream_error: float = 0.0
    stall: float = 0.0
    outage_every_s: float = 0.0
    outage_s: float = 2.0
    never_idle: float = 0.0


@dataclass(frozen=True, slots=True)
class Clients:
    """Chances that a client does something: to cancel, to submit twice, to read the stream, to follow advice
    when refused, to come back at once instead, to be impatient.
    """

    cancel: float = 0.0
    resubmit: float = 0.0
    follow: float = 0.0
    obedient: float = 0.7
    disobedient: float = 0.1
    impatient: float = 0.0
    returns: int = 5


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who submits: its part of the arrivals, its weight under fair queueing, how much more than its tasks
    need it allows them, and its quota of tasks in flight.
    """

    name: str
    part: float = 1.0
    weight: float = 1.0
    generous: float = 1.5
    max_concurrent: int | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """How clients use sessions: so many tasks share one on average, which lives for `ttl_ms` after its last
    use and may use up its `budgets`. `deleted` is the chance that a client ends it with an accepted task.
    """

    tasks: float = 1.0
    ttl_ms: float = 600_000.0
    budgets: Budgets = UNBOUNDED
    deleted: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One world. `load` is the offered work divided by what the engines can do when all slots are busy.

    `slowdown` is how much longer a token takes for each further busy slot; `drift` the swing of the engines'
    speed over minutes; `deadline` the median deadline as a multiple of the mean service time, and
    `deadline_spread` the sigma of its logarithm. `burst` tasks come at once after `burst_after` others;
    `strict` is the share of tasks that have to repeat, so run alone;
    with a `backlog` each flow has that many clients that submit again whenever a task has ended, or `burst`
    tasks have, and load plays no part.
    """

    seed: int
    tasks: int = 4_000
    pools: int = 1
    workers: int = 1
    slots: int = 4
    capacity: int = 64
    policy: FullPolicy = "reject"
    order: Literal["strict", "wfq"] = "strict"
    age_ms: float = 5_000
    preemption: Literal["disabled", "soft", "hard"] = "disabled"
    objective_ms: float = 1_000
    load: float = 0.9
    arrivals: Arrivals = "poisson"
    lengths: Lengths = "uniform"
    mean_tokens: int = 100
    prompt_bytes: int = 800
    batch: float = 0.4
    slowdown: float = 0.0
    noise: float = 0.1
    drift: float = 0.0
    deadline: float = 60.0
    deadline_spread: float = 1.0
    expected_known: float = 0.0
    stop_early: float = 0.0
    strict: float = 0.0
    burst: int = 0
    burst_after: int = 0
    backlog: int = 0
    tenants: tuple[Tenant, ...] = (Tenant("default"),)
    faults: Faults = Faults()
    clients: Clients = Clients()
    sessions: Sessions = Sessions()
    upheaval: Upheaval = CALM

    @property
    def service_ms(self) -> float:
        """The mean time that a task holds a slot when all slots are busy."""
        token_ms = SLOT_MS_PER_TOKEN * (1 + self.slowdown * (self.slots - 1))
        return PREFILL_MS_PER_TOKEN * self.prompt_bytes / 4 + token_ms * self.mean_tokens

    @property
    def gap_ms(self) -> float:
        """The mean time between arrivals that gives the load."""
        return self.service_ms / (self.load * self.slots * self.workers * self.pools)


def drawn(seed: int, tasks: int) -> Scenario:
    """The world of a seed: every part of it is drawn, so that many seeds meet in many combinations."""
    random = Random(seed)
    chance = random.random
    faulty = chance() < 0.6
    rare = (lambda most: random.uniform(0, most)) if faulty else (lambda most: 0.0)
    mean_tokens, prompt_bytes = random.choice([20, 60, 150]), random.choice([40, 400, 2_000])
    return Scenario(
        seed=seed,
        tasks=tasks,
        pools=random.choice([1, 1, 1, 2]),
        workers=random.choice([1, 1, 2, 3]),
        slots=random.choice([1, 2, 4, 8]),
        capacity=random.choice([1, 4, 16, 64, 256]),
        policy=random.choice(["reject", "drop-lru", "shed-low-priority"]),
        order=random.choice(["strict", "wfq"]),
        age_ms=random.choice([0.0, 500.0, 5_000.0, 30_000.0]),
        preemption=random.choice(["disabled", "soft", "hard"]),
        objective_ms=random.choice([50.0, 500.0]),
        load=random.choice([0.5, 0.8, 0.95, 1.1, 1.5, 3.0]),
        arrivals=random.choice(["poisson", "bursts", "heavy-tails"]),
        lengths=random.choice(["uniform", "lognormal", "pareto"]),
        mean_tokens=mean_tokens,
        prompt_bytes=prompt_bytes,
        batch=random.choice([0.0, 0.1, 0.5, 0.9]),
        slowdown=random.choice([0.0, 0.05, 0.2]),
        noise=random.choice([0.0, 0.1, 0.4]),
        drift=random.choice([0.0, 0.0, 0.5]),
        deadline=random.choice([5.0, 50.0, 500.0]),
        expected_known=random.choice([0.0, 0.3]),
        stop_early=random.choice([0.0, 0.0, 0.0, 0.6]),
        tenants=tuple(
            Tenant(
                f"t{n}", random.uniform(0.2, 1), random.uniform(0.5, 4), 1.5, random.choice([None, None, 8])
            )
            for n in range(random.choice([1, 3]))
        ),
        faults=Faults(
            busy=rare(0.05),
            refused=rare(0.01),
            fault=rare(0.05),
            broken=rare(0.03),
            malformed=rare(0.01),
            stream_error=rare(0.01),
            stall=rare(0.003),
            outage_every_s=random.choice([0.0, 20.0, 60.0]) if faulty else 0.0,
            never_idle=rare(0.02),
        ),
        clients=Clients(
            cancel=random.choice([0.0, 0.1, 0.4]),
            resubmit=random.choice([0.0, 0.05]),
            follow=random.choice([0.0, 0.05]),
            obedient=random.choice([0.0, 0.5, 0.9]),
            disobedient=random.choice([0.0, 0.1]),
            impatient=random.choice([0.0, 0.2]),
        ),
        sessions=_drawn_sessions(random, mean_tokens + prompt_bytes // 4),
        strict=random.choice([0.0, 0.0, 0.2]),
    )


def _drawn_sessions(random: Random, mean_tokens: int) -> Sessions:
    """Half of the worlds bound what a session may use, some so narrowly that few of its tasks fit at once."""
    bounds = UNBOUNDED
    if random.random() < 0.5:
        price = random.choice([Fraction(2), Fraction(1, 3)])
        tokens = random.choice([3, 12]) * mean_tokens
        bounds = Budgets(
            turns=random.choice([3, 8, 50]),
            tokens=random.choice([None, tokens]),
            time_ms=random.choice([None, 60_000, 10 * WALL_MS]),
            cost=random.choice([None, int(tokens * price)]),
            price=price,
        )
    return Sessions(
        tasks=random.choice([1.0, 3.0, 10.0]),
        ttl_ms=random.choice([2_000.0, 600_000.0]),
        budgets=bounds,
        deleted=random.choice([0.0, 0.05]),
    )


def shaken(seed: int, tasks: int) -> Scenario:
    """The world of a seed, with workers that fail and operators that work."""
    return replace(drawn(seed, tasks), upheaval=drawn_upheaval(Random(seed)))
