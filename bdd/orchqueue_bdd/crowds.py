"""Several tasks at once, of which a line says only how many there are of each priority."""

from orchqueue_bdd import tasks
from orchqueue_bdd.world import World

DEADLINE_MS = 60_000


def run(world: World, interactive: int, batch: int) -> None:
    """Submit so many tasks of each priority, then read each to its end."""
    names = []
    for priority, count in (("interactive", interactive), ("batch", batch)):
        for number in range(1, count + 1):
            names.append(f"{priority} {number}")
            tasks.begin(world, names[-1], priority=priority, deadline_ms=DEADLINE_MS)
    for name in names:
        tasks.terminal(world, name)
