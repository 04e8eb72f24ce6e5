"""What the lines about exploration demand: that what the contract lets one send is answered as it says."""

from orchqueue.verify.exploring import ANY_ORDER, DEEP_EXAMPLES, Depth, Explored, explore
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd.world import World

SHOWN = 5


def depth(spec: RunSpec) -> Depth:
    """Give how far explorations of this run go."""
    return Depth(DEEP_EXAMPLES, spec.seed) if spec.deep else Depth()


def operation(world: World, name: str) -> None:
    """Explore one operation, by its operationId."""
    world.memory["explored"] = explore(
        world.server.url, world.server.keys["control"], name, world.depth, world.note
    )


def any_order(world: World) -> None:
    """Explore all operations after one another."""
    operation(world, ANY_ORDER)


def as_promised(world: World) -> None:
    """Demand that something was answered, and nothing found."""
    explored: Explored = world.memory["explored"]
    assert explored.answered, "no request was answered, so nothing was explored"
    shown = "\n".join(f"{one.operation}: {one.message}\n{one.curl}" for one in explored.found[:SHOWN])
    more = len(explored.found) - SHOWN
    rest = f"\n(and {more} more)" if more > 0 else ""
    assert not explored.found, f"of {explored.answered} requests:\n{shown}{rest}"
