"""A quiet tenant beside one that asks for twice what there is: what each waits, under either order, and with
a quota on the noisy one.
"""

from dataclasses import dataclass
from typing import Literal

from orchsim.scenario import Clients, Scenario, Tenant
from orchsim.world import simulate

Order = Literal["strict", "wfq"]

QUOTA = 200  # of 256 places


@dataclass(frozen=True, slots=True)
class Neighbour:
    """How one tenant fared: tasks, the share that was run, and quantiles of the wait in milliseconds."""

    rules: str
    tenant: str
    tasks: int
    served: float
    p50_ms: float
    p95_ms: float


def noisy(order: Order, quota: int | None, seed: int, tasks: int) -> Scenario:
    """The quiet tenant asks for a fifth of what the engines can do, the noisy one for twice that whole."""
    return Scenario(
        seed=seed,
        tasks=tasks,
        order=order,
        capacity=256,
        load=2.2,
        batch=0.0,
        deadline=400.0,
        deadline_spread=0.2,
        tenants=(Tenant("noisy", 2.0, max_concurrent=quota), Tenant("quiet", 0.2)),
        clients=Clients(obedient=0.0, disobedient=0.5),
    )


def compared(seed: int = 1, tasks: int = 6_000) -> list[Neighbour]:
    """Both tenants under each set of rules."""
    found = []
    rules: tuple[tuple[str, Order, int | None], ...] = (
        ("strict", "strict", None),
        ("wfq", "wfq", None),
        ("wfq, quota", "wfq", QUOTA),
    )
    for name, order, quota in rules:
        lives = simulate(noisy(order, quota, seed, tasks)).lives.values()
        for tenant in ("quiet", "noisy"):
            own = [life for life in lives if life.tenant == tenant]
            waits = sorted(x.started_ms - x.accepted_ms for x in own if x.started_ms is not None)
            served = sum(life.ending == "end" for life in own) / len(own)
            p50, p95 = waits[len(waits) // 2], waits[len(waits) * 95 // 100]
            found.append(Neighbour(name, tenant, len(own), served, p50, p95))
    return found
