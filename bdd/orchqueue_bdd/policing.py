"""What the lines about policies demand: what a task asks of its policy, and what is told of the decision.

The kit's own module does what the `model_ref` of a task names; the pool behind it takes any.
"""

from collections.abc import Callable
from typing import Any

from orchqueue.kit import NotTestable
from orchqueue_bdd import answers, holding, journal, tasks
from orchqueue_bdd.journal import Line
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.world import World

DECISION = "policy.decision"
WISHES = {
    "allow it": "tiny",
    "deny it": "policy-deny",
    "put it first": "policy-hurry",
    "change its mind": "policy-once",
    "loop for ever": "policy-loop",
    "take all memory": "policy-grow",
    "call itself without end": "policy-deep",
    "point out of its memory": "policy-wild",
    "answer at length": "policy-huge",
    "say nothing sensible": "policy-mute",
    "give up": "policy-trap",
}


def ask(world: World, name: str, priority: str, wish: str) -> None:
    """Submit a task whose model is what its policy has to do; raises NotTestable for an unknown wish."""
    if wish not in WISHES:
        raise NotTestable(f"no policy of the kit can {wish}")
    holding.submit(world, name, priority=priority, model_ref=WISHES[wish])


def names(world: World, policy: str, reason: str | None = None) -> None:
    """Demand a detail that names a policy, with its reason."""
    details: Any = answers.envelope(world.memory["answer"]).get("details") or []
    own = [one for one in details if one.get("name") == policy]
    assert own, f"no detail names the policy {policy}: {details}"
    assert reason is None or own[0].get("message") == reason, f"the reason is {own[0].get('message')!r}"


def are_logged(world: World, name: str, table: Table | None) -> None:
    """Demand the decisions about a task in this order and no others, each with how long it took."""
    assert table is not None, "a table of decisions stands below this line"
    wanted = [dict(row.items()) for row in table]
    found = _decisions(world, name, lambda lines: len(lines) >= len(wanted))
    told = [{field: line.get(field) for field in wanted[0]} for line in found]
    assert told == wanted, f"the decisions about {name} are logged as {told}, not {wanted}"
    for line in found:
        took = line.get("latency_ms")
        assert isinstance(took, int | float), f"latency_ms is {took!r}"
        assert took > 0, f"a decision took {took} ms"


def has_failed(world: World, policy: str, name: str, verdict: str) -> None:
    """Demand that a policy is logged to have failed, with why, and with what was decided instead."""

    def failed(lines: list[Line]) -> list[Line]:
        return [line for line in lines if line.get("plugin_id") == policy and line.get("decision") == "fail"]

    found = _decisions(world, name, lambda lines: bool(failed(lines)))
    own = failed(found)
    assert own, f"no decision of {policy} about {name} is logged as failed: {found}"
    assert own[0].get("reason"), f"it is not said why: {own[0]}"
    assert own[0].get("applied") == verdict, f"what held is told as {own[0].get('applied')!r}"


def _decisions(world: World, name: str, enough: Callable[[list[Line]], bool]) -> list[Line]:
    """Give the decisions logged under the correlation id of a task's POST, once enough are there."""
    task = tasks.named(world, name)

    def own(lines: list[Line]) -> list[Line]:
        ids = {"event": DECISION, "correlation_id": task.correlation_id}
        return [line for line in lines if ids.items() <= line.items()]

    return own(journal.once(world, task, lambda lines: enough(own(lines))))
