"""What lines about sessions demand: whether there is one, what it tells, and how long it lives.

A session's end lies between two bounds that reading it gives: what it says is left of its time, counted
from when the question was sent at the earliest and from when the answer had come at the latest. So that a use
moves its end, or does not, is shown without a guess at how fast anything is.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from orchqueue.kit import Exchange, NotTestable, RunningServer
from orchqueue_bdd import answers, holding, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

SESSIONS = "/v1/sessions"
PROMPT_TOKENS = 10
TASK_MS = 20_000
BYTES_PER_TOKEN = 4
ROUNDING_MS = 1.0
DEFAULT_TTL_MS, DEFAULT_TURNS = 600_000, 8
SLOWEST_MS = 30_000

MEMBERS: dict[str, tuple[type, ...]] = {
    "ttl_ms_remaining": (int,),
    "turns": (int,),
    "kv_bytes": (int,),
    "kv_warmth": (bool,),
    "kv_migrated": (bool,),
    "tokens_budget_remaining": (int, type(None)),
    "time_budget_remaining_ms": (int, type(None)),
    "cost_budget_remaining": (int, float, type(None)),
}


@dataclass(frozen=True)
class End:
    """When a session will end if nobody uses it: no sooner and no later, by the kit's clock."""

    earliest_ms: float
    latest_ms: float


def choose(world: World, name: str) -> None:
    """Have the tasks of the scenario be of a session, with prompts that are estimated at ten tokens, and with
    so little time that several of them fit into its budget.
    """
    session_id = own_id(world, name)
    world.memory["own fields"] = lambda: {
        "session_id": session_id,
        "prompt": exact_prompt(),
        "deadline_ms": TASK_MS,
    }


def exact_prompt(tokens: int = PROMPT_TOKENS) -> str:
    """Give a prompt that no other task has, estimated at so many tokens: four characters each."""
    return (uuid.uuid4().hex * (1 + tokens * BYTES_PER_TOKEN // 32))[: tokens * BYTES_PER_TOKEN]


def own_id(world: World, name: str) -> str:
    """Give the id of the session that the scenario calls by this name."""
    known: dict[str, str] = world.memory.setdefault("sessions", {})
    return known.setdefault(name, str(uuid.uuid4()))


def read(world: World, name: str, key: str = "data") -> Exchange:
    """Ask for a session; it is the scenario's answer."""
    return _keep(world, world.client(key).get(_path(world, name)))


def delete(world: World, name: str, key: str = "data") -> Exchange:
    """Ask for a session's end; it is the scenario's answer."""
    return _keep(world, world.client(key).request("DELETE", _path(world, name)))


def require_deleted(world: World, name: str) -> None:
    """Delete a session, and go on only when that was acknowledged. Raises NotTestable."""
    status = delete(world, name).status
    if status != 204:
        raise NotTestable(f"the deletion was answered {status}")


def state(world: World, name: str) -> dict[str, Any]:
    """Give what a session tells; AssertionError when there is none."""
    answer = world.client().get(_path(world, name))
    answers.has_status(answer, 200)
    told = answer.json()
    assert isinstance(told, dict), f"the session tells {told!r}"
    return told


def is_there(world: World, name: str) -> None:
    """Demand that a session can be read."""
    state(world, name)


def is_gone(world: World, name: str) -> None:
    """Demand that there is no such session."""
    answers.refuses(read(world, name), 404, "NOT_FOUND")


def is_soon_gone(world: World, name: str) -> None:
    """Demand that a session ends, without being asked for more than that."""
    last = eventually(lambda: read(world, name), lambda seen: seen.status == 404)
    answers.refuses(last, 404, "NOT_FOUND")


def outlives_its_use(world: World, name: str, ttl_ms: int) -> None:
    """Demand that a session is there until so long after its last task was submitted, and until it was
    said to end, and then no more.

    The use that counts comes after the submission, so that both bounds are exact.
    """
    used_ms, said = tasks.every(world)[-1].answer.started_ms, _end(world, name)
    is_soon_gone(world, name)
    gone_ms = world.memory["answer"].finished_ms
    assert gone_ms - used_ms >= ttl_ms, (
        f"the session was gone after {gone_ms - used_ms:.0f} ms, its time is {ttl_ms} ms"
    )
    early_ms = said.earliest_ms - gone_ms
    assert early_ms <= 0, f"the session was gone {early_ms:.0f} ms before it was said to end"


def tells_all(world: World, name: str) -> None:
    """Demand every member of a session, each of its type."""
    told = state(world, name)
    for member, kinds in MEMBERS.items():
        assert member in told, f"{member} is missing in {sorted(told)}"
        assert type(told[member]) in kinds, f"{member} is {told[member]!r}"
    assert told["kv_migrated"] is False, "kv_migrated is true, but KV state never moves"
    assert set(told) == set(MEMBERS), f"the session also tells {sorted(set(told) - set(MEMBERS))}"


def has_turns(world: World, name: str, count: int) -> None:
    """Demand how many turns a session has had."""
    told = state(world, name)["turns"]
    assert told == count, f"the session has had {told} turns, not {count}"


def is_warm(world: World, name: str, *, warm: bool) -> None:
    """Demand that a session's KV state would serve, or that it would not."""
    told = state(world, name)["kv_warmth"]
    assert told is warm, f"kv_warmth is {told!r}"


def look(world: World, name: str) -> None:
    """Remember when a session will end."""
    world.memory["end"] = _end(world, name)


def let_pass(count: int) -> None:
    """Let so many milliseconds pass, so that a use that counts would put the end off by as many."""
    time.sleep(count / 1000.0)


def lives_as_long(world: World, name: str) -> None:
    """Demand that nothing since the last look has put off a session's end."""
    before: End = world.memory["end"]
    now = _end(world, name)
    later_ms = now.earliest_ms - before.latest_ms
    assert later_ms <= ROUNDING_MS, f"the session lives at least {later_ms:.0f} ms longer"


def lives_longer(world: World, name: str) -> None:
    """Demand that something since the last look has put off a session's end."""
    before: End = world.memory["end"]
    now = _end(world, name)
    assert now.earliest_ms > before.latest_ms, (
        f"the session was to end at {before.latest_ms:.0f} ms at the latest, now at {now.latest_ms:.0f} ms"
    )


def use_turns(world: World, count: int) -> None:
    """Run so many tasks of the session to their ends. Raises NotTestable when one is refused."""
    for number in range(1, count + 1):
        holding.admit(world, f"turn {number}", max_tokens=1)
        tasks.follow(world, f"turn {number}")
        tasks.terminal(world, f"turn {number}")


def has_default_time(world: World, name: str) -> None:
    """Demand the ten minutes of a server that is configured with nothing else."""
    require_defaults(world)
    told = state(world, name)["ttl_ms_remaining"]
    assert DEFAULT_TTL_MS - SLOWEST_MS <= told <= DEFAULT_TTL_MS, f"the session has {told} ms left"


def require_defaults(world: World) -> None:
    """Go on only where the configuration says nothing of sessions. Raises NotTestable."""
    running = world.server.running
    if not isinstance(running, RunningServer) or "sessions" in running.config:
        raise NotTestable("what sessions are configured with here is not known to be the default")


def _end(world: World, name: str) -> End:
    answer = world.client().get(_path(world, name))
    answers.has_status(answer, 200)
    left = answer.json().get("ttl_ms_remaining")
    assert isinstance(left, int), f"ttl_ms_remaining is {left!r}"
    return End(answer.started_ms + left - ROUNDING_MS, answer.finished_ms + left + ROUNDING_MS)


def _path(world: World, name: str) -> str:
    return f"{SESSIONS}/{own_id(world, name)}"


def _keep(world: World, answer: Exchange) -> Exchange:
    world.memory["answer"] = answer
    return answer
