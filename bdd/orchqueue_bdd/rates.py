"""What lines about rates demand: how many requests of a key get through, and what the others are told."""

import time
import uuid

from orchqueue.kit import Exchange, NotTestable, now_ms
from orchqueue_bdd import answers, occasions, routes
from orchqueue_bdd.scheduled import BURST, RPS
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.world import World

MANY = 12
REFUSED = 429


def ask(world: World, key: str) -> Exchange:
    """Send a request that costs nothing but its place in the rate: the stream of a task that there is not."""
    answer = world.client(key).get(f"{TASKS}/{uuid.uuid4()}/stream")
    world.memory["answer"] = answer
    return answer


def ask_often(world: World, *keys: str) -> None:
    """Send many requests as fast as they are answered, by turns with these keys."""
    begun = now_ms()
    seen = [ask(world, keys[number % len(keys)]).status for number in range(MANY)]
    world.memory["asked"] = seen
    world.memory["asking took"] = now_ms() - begun


def spend(world: World, key: str) -> Exchange:
    """Ask until a request is refused. Raises NotTestable when none is."""
    for _ in range(MANY):
        answer = ask(world, key)
        if answer.status == REFUSED:
            return answer
    raise NotTestable(f"none of {MANY} requests was refused for its rate")


def burst_only(world: World) -> None:
    """Demand that the burst got through, and beyond it no more than the rate allows."""
    seen: list[int] = world.memory["asked"]
    through = sum(status != REFUSED for status in seen)
    most = BURST + RPS * float(world.memory["asking took"]) / 1000.0
    assert seen[:BURST] == [404] * BURST, f"the burst was answered {seen[:BURST]}"
    assert through <= most, f"{through} requests got through, the rate allows {most:.1f}: {seen}"


def follow_advice(world: World, key: str) -> None:
    """Ask until refused, wait as advised, and ask again."""
    time.sleep(answers.header_number(spend(world, key), "X-Backoff-Ms") / 1000.0)
    ask(world, key)


def send_bad_body(world: World, key: str) -> None:
    """Send a body that cannot be read, with a key that has spent its rate."""
    spend(world, key)
    world.memory["answer"] = occasions.post(world, b"{ no JSON", key=key)


def send_on(world: World, key: str, table: Table | None) -> None:
    """Send a request to each of these routes that there is, with a key that has spent its rate.

    Raises NotTestable when there is none of them.
    """
    assert table is not None, "a table of method and path stands below this line"
    seen = world.memory["sent on"] = []
    for row in table:
        # A route that there is asks for a key first.
        if routes.send(world, row["method"], row["path"], None).status != routes.NOT_SERVED:
            spend(world, key)  # again and again, since a token comes back every now and then
            seen.append(routes.send(world, row["method"], row["path"], key))
    if not seen:
        raise NotTestable("none of these routes is served")


def is_served(world: World) -> None:
    """Demand that the last request got past the rate."""
    answers.has_status(world.memory["answer"], 404)
