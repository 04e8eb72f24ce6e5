"""What lines about fair sharing and quotas demand: who starts how often, and what a tenant may hold."""

import uuid
from collections.abc import Callable

from orchqueue.kit import EngineScript, NotTestable
from orchqueue_bdd import holding, series, tasks
from orchqueue_bdd.tasks import TASKS, Task
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

EACH = {"max_tokens": 8}
TOLERANCE = 1
EXACT = 1e-6


def crowd(world: World, tenant: str, priority: str, count: int) -> None:
    """Have so many tasks of one tenant and priority wait, that all cost the same."""
    for number in range(count):
        name = f"{tenant} {priority} {number}"
        holding.admit(world, name, tenant, priority=priority, prompt=f"Say {uuid.uuid4().hex}", **EACH)


def let_pass(world: World) -> None:
    """Let the pool's tasks go on one after the other, each as fast as the engine can."""
    holding.release(world)
    holding.engine(world).script_default(EngineScript(ms_per_token=0.0))


def first_starts(world: World, count: int) -> list[str]:
    """Wait until so many of the waiting tasks have started, and give the names of those, in order."""
    waiting = [task for task in tasks.every(world) if not task.name.startswith(holding.HOLDER)]
    own = holding.engine(world)

    def started() -> list[str]:
        prompts = [request.prompt for request in own.completions]
        found = [next((task.name for task in waiting if task.prompt in prompt), "") for prompt in prompts]
        return [name for name in found if name]

    own.wait_for(lambda: len(started()) >= count)
    seen = started()[:count]
    assert len(seen) == count, f"{len(seen)} of {count} tasks have started"
    return seen


def about(world: World, count: int, starts: int, kind: str) -> None:
    """Demand that of the first starts about so many are of a kind, named by the start of the names."""
    seen = first_starts(world, starts)
    own = sum(name.startswith(kind) for name in seen)
    assert abs(own - count) <= TOLERANCE, f"{own} of the first {starts} starts are of {kind!r}: {seen}"


def run_one(
    world: World, tenant: str, count: int, priority: str = "interactive", used: int | None = None
) -> None:
    """Run a task of a tenant to its end that may have so many tokens, and has them unless it used fewer."""
    name = f"{tenant} of {count}"
    holding.engine(world).script(EngineScript(tokens=used, ms_per_token=0.5))
    fields = {"prompt": f"Say {uuid.uuid4().hex}", "max_tokens": count, "priority": priority}
    holding.admit(world, name, tenant, **fields)
    tasks.follow(world, name, tenant)
    last = tasks.terminal(world, name)
    if last.name != "end":
        raise NotTestable(f'the task "{name}" ended with {last.name} {last.data}')


def share(world: World, tenant: str) -> float:
    """Give a tenant's share of cost."""
    return series.now(world).total("admission_share", tenant=tenant)


def shares_add_up(world: World) -> None:
    """Demand that all shares together are one."""
    total = series.now(world).total("admission_share")
    assert abs(total - 1.0) < EXACT, f"the shares add up to {total}"


def shares_are_as(world: World, one: str, other: str, least: float, most: float) -> None:
    """Demand how many times the share of another tenant a tenant has."""
    own, theirs = share(world, one), share(world, other)
    assert theirs > 0, f"the tenant {other} has no share"
    assert least <= own / theirs <= most, f"the share of {one} is {own / theirs:g} times that of {other}"


def in_flight(world: World, tenant: str, count: int, size: int) -> None:
    """Have so many tasks of a tenant in flight, each of so many tokens, that do not end."""
    holding.hold(world)
    for number in range(1, count + 1):
        holding.admit(world, f"{tenant} {number}", tenant, max_tokens=size)


def submit(world: World, tenant: str, name: str, size: int) -> Task:
    """Submit a task of a tenant; it is the scenario's answer."""
    return holding.submit(world, name, tenant, max_tokens=size)


def end_one(world: World, tenant: str, number: int) -> None:
    """Cancel one of the tasks of a tenant that are in flight. Raises NotTestable when that is refused."""
    answer = world.client(tenant).post(f"{TASKS}/{tasks.named(world, f'{tenant} {number}').id}/cancel")
    if answer.status != 204:
        raise NotTestable(f"the cancel was answered {answer.status}")


def ratio(world: World, priority: str) -> float:
    """Give the share of deadlines that a priority's tasks have met; AssertionError when it is not told."""
    found = series.now(world).of("deadlines_met_ratio", priority=priority)
    assert found, f"no deadlines_met_ratio is told for {priority}"
    assert 0.0 <= found[0].value <= 1.0, f"the ratio is {found[0].value}"
    return found[0].value


def note_ratio(world: World, priority: str) -> None:
    """Remember where the ratio stands."""
    world.memory["ratio"] = ratio(world, priority)


def ratio_moves(world: World, priority: str, holds: Callable[[float, float], bool], what: str) -> None:
    """Demand how the ratio has moved since it was looked at last, and remember where it stands."""
    before: float = world.memory["ratio"]
    now = eventually(lambda: ratio(world, priority), lambda seen: holds(before, seen))
    assert holds(before, now), f"the ratio has gone from {before:g} to {now:g}, it should have {what}"
    world.memory["ratio"] = now


def miss_a_deadline(world: World, priority: str) -> None:
    """Have a task end because its deadline passes. Raises NotTestable when it ends otherwise."""
    holding.fill(world)
    holding.admit(world, "late", priority=priority, deadline_ms=250)
    tasks.follow(world, "late")
    last = tasks.terminal(world, "late")
    if last.data.get("code") != "DEADLINE_UNMET":
        raise NotTestable(f"it ended with {last.name} {last.data}")
    holding.release(world)


def tells_probability(world: World, name: str) -> None:
    """Demand a probability in each metrics event of a task."""
    told = [
        seen.data.get("on_time_probability") for seen in tasks.events(world, name) if seen.name == "metrics"
    ]
    assert told, f'the stream of "{name}" has no metrics event'
    assert all(isinstance(one, int | float) and 0 <= one <= 1 for one in told), f"the metrics tell {told}"
