"""What lines about equal tokens demand: that the corpus repeats, and that replicas differ or do not."""

import asyncio
from typing import TYPE_CHECKING

from orchqueue.kit import NotTestable
from orchqueue_bdd import adapters, capabilities, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

if TYPE_CHECKING:
    from orchqueue.determinism import Outcome

TOKENS = 6
PART = 4
AT_ONCE_S = 0.2
SHOWN = 3


def run_corpus(world: World, pool: str, every: int = 1) -> None:
    """Have a pool run the corpus, or every so many-th case, each on two replicas at once.

    Raises NotTestable where it cannot.
    """
    # They take a while to import, and only these scenarios need them.
    from orchqueue.client import AsyncClient, ClientError  # noqa: PLC0415
    from orchqueue.determinism import CORPUS, Suite  # noqa: PLC0415

    engine = str(adapters.ENGINES.get(pool.removesuffix("-twins"), {}).get("engine", "llamacpp"))

    async def run() -> "Outcome":
        async with AsyncClient(world.server.url, world.server.keys["data"]) as client:
            suite = Suite(client, engine=engine, model_ref=pool, max_tokens=TOKENS, at_once=6)
            return await suite.run(CORPUS[::every])

    try:
        outcome = asyncio.run(run())
    except ClientError as error:
        raise NotTestable(f'the pool "{pool}" could not run the corpus: {error}') from error
    world.memory.setdefault("outcomes", {})[pool] = outcome


def run_corpus_everywhere(world: World) -> None:
    """Have each pool of two equal replicas run a part of the corpus, whatever engines they are of."""
    pools = sorted(name.removesuffix("-a") for name in world.server.engines if name.endswith("twins-a"))
    world.server.running.wait_ready(pools)
    for pool in pools:
        run_corpus(world, pool, PART)


def all_equal(world: World) -> None:
    """Demand that every case got the same tokens each time, from two replicas of each pool."""
    for pool, outcome in _outcomes(world).items():
        shown = "; ".join(str(one) for one in outcome.differences[:SHOWN])
        assert not outcome.differences, f"{len(outcome.differences)} answers differ: {shown}"
        assert not outcome.empty, f'no token came from the pool "{pool}" for some cases'


def by_two_replicas(world: World) -> None:
    """Raise NotTestable unless two replicas of each pool have answered: nothing was compared otherwise."""
    for pool, outcome in _outcomes(world).items():
        if len(outcome.replicas) < 2:
            raise NotTestable(f'one replica answered for the pool "{pool}": {outcome.replicas}')


def keeps_away(world: World, engine: str, name: str) -> None:
    """Demand that an engine gets nothing of a task while others could begin at once."""
    own, prompt = world.engine(engine), tasks.named(world, name).prompt

    def reached() -> bool:
        return any(request.ask is not None and request.ask.prompt == prompt for request in own.work)

    own.wait_for(reached, AT_ONCE_S)
    assert not reached(), f'the task "{name}" was begun at the engine "{engine}" beside another'


def are_ready_and_differ(world: World, model: str) -> None:
    """Wait until the replicas of a model are ready and tell of two sets. Raises NotTestable."""

    slots = sum(engine.slots for engine in world.server.engines.values() if engine.model == model)

    def told() -> list[int]:
        capabilities.read(world)
        return capabilities.concurrencies(world, model)

    def differ(sets: list[int]) -> bool:
        return len(sets) == 2 and sum(sets) == slots

    if not differ(sets := eventually(told, differ)):
        raise NotTestable(f'the replicas of "{model}" were to be two sets of {slots} slots, and are {sets}')


def _outcomes(world: World) -> "dict[str, Outcome]":
    outcomes: dict[str, Outcome] = world.memory.get("outcomes", {})
    if not outcomes:
        raise NotTestable("no pool has run the corpus")
    return outcomes
