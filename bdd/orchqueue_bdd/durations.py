"""How long things took, by the kit's clock, and what a pool has measured before it has to forecast."""

from orchqueue_bdd import behaviours, tasks
from orchqueue_bdd.world import World


def serve(world: World, pool: str, count: int, length: int) -> None:
    """Let a pool serve so many tasks of so many tokens, so that it has measured what it promises.

    Raises NotTestable when one of them is refused.
    """
    names = [f"earlier {number}" for number in range(1, count + 1)]
    for name in names:
        tasks.begin(world, name, model_ref=pool, max_tokens=length)
        tasks.terminal(world, name)


def over_within(world: World, name: str, limit_ms: int) -> None:
    """Demand that a task was over within that time of its submission."""
    took = _took_ms(world, name)
    assert took <= limit_ms, f'the task "{name}" was over after {took:.0f} ms, not within {limit_ms} ms'


def not_over_before(world: World, name: str, limit_ms: int) -> None:
    """Demand that a task was not over before that time had passed since its submission."""
    took = _took_ms(world, name)
    assert took >= limit_ms, f'the task "{name}" was over after {took:.0f} ms, before {limit_ms} ms'


def reaches_within(world: World, name: str, engine: str, limit_ms: int) -> None:
    """Demand that a task comes to an engine within that time from now."""
    own, task = world.engine(engine), tasks.named(world, name)
    came = own.wait_for(lambda: bool(behaviours.asked(own, task)), limit_ms / 1000.0)
    assert came, f'the task "{name}" did not reach the engine "{engine}" within {limit_ms} ms'


def _took_ms(world: World, name: str) -> float:
    return tasks.terminal(world, name).received_ms - tasks.named(world, name).answer.started_ms
