"""Cancels against a whole server and an engine on the network, at moments that a seed chooses.

What happens at each single moment of a task's life is in `service/test_cancel_points`; here are real sockets,
several clients at once, and an engine that keeps its own account.
"""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from orchqueue.kit import Client, EngineScript, RunningServer, ScriptedEngine
from orchqueue_bdd.waiting import eventually

SEEDS = range(20)
TASKS = 10
TOKENS = 6
BUDGET = 10**9
MOMENTS = ("accepted", "started", "token", "metrics", "last token", "end", "never")
ENDED = ("task.finished", "task.canceled", "task.failed")


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=2, ms_per_token=0.5) as one:
        yield one


@pytest.fixture(scope="module")
def server(launch_shared, engine) -> RunningServer:
    key = {"id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data", "control"], "tenant": "t"}
    budgets = {"tokens": BUDGET, "time_ms": None, "cost": None}
    return launch_shared(
        {
            "keys": [key],
            "tenants": [{"id": "t", "max_concurrent": TASKS}],
            "sessions": {"max_turns": 10**6, "budgets": budgets},
            "pools": [{"id": "p", "engine": "llamacpp", "workers": [{"id": "w", "url": engine.url}]}],
        }
    )


@dataclass
class Tried:
    """One task: what is sent, at which moment of its stream it is cancelled, and what came of it."""

    body: dict[str, Any]
    moment: str
    cancels: int
    outcomes: list[str] = field(default_factory=list)
    early: bytes = b""
    later: list[bytes] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/v1/tasks/{self.body['task_id']}"

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """The names and data of what was read at last."""
        blocks = [block.split("\n") for block in self.later[-1].decode().split("\n\n") if block]
        return [(lines[1][len("event: ") :], json.loads(lines[2][len("data: ") :])) for lines in blocks]

    @property
    def outcome(self) -> str:
        """What the cancels say together: one may have done it."""
        done = [one for one in self.outcomes if one != "already-finished"]
        assert len(done) <= 1, self.outcomes
        return done[0] if done else "already-finished"


def is_moment(moment: str, event: Any) -> bool:
    last = event.event == "token" and json.loads(event.data)["i"] == TOKENS - 1
    return event.event in ("end", "error") or event.event == moment or (moment == "last token" and last)


def try_one(server: RunningServer, one: Tried) -> None:
    """Submit, follow, cancel at the moment, from several clients if it says so, and read twice after it."""
    with server.client("k") as client:
        assert client.post("/v1/tasks", json=one.body).status == 202
        if one.moment == "accepted":
            cancel(client, one)
        stream = client.stream(f"{one.path}/stream")
        if one.moment not in ("accepted", "never"):
            stream.read_until(lambda event: is_moment(one.moment, event))
            cancel(client, one)
        stream.read_all()
        assert stream.ended == "complete"
        one.early = stream.exchange.body
        one.later.append(client.get(f"{one.path}/stream").body)


def cancel(client: Client, one: Tried) -> None:
    def once(_: int) -> str:
        answer = client.post(f"{one.path}/cancel")
        assert answer.status == 204
        one.later.extend(client.get(f"{one.path}/stream").body for _ in range(2))
        return str(answer.header("x-cancel-outcome"))

    with ThreadPoolExecutor(one.cancels) as clients:
        one.outcomes = list(clients.map(once, range(one.cancels)))


def drawn(seed: int, session: str) -> list[Tried]:
    chance = random.Random(seed)
    common = {"session_id": session, "workload": "completion", "model_ref": "any", "engine": "llamacpp"}
    common |= {"ctx": 0, "deadline_ms": 60_000, "max_tokens": TOKENS}
    return [
        Tried(
            {
                "task_id": str(uuid4()),
                "prompt": f"task {number} of seed {seed}",
                "priority": chance.choice(["interactive", "batch"]),
                **common,
            },
            chance.choice(MOMENTS),
            chance.randint(1, 3),
        )
        for number in range(TASKS)
    ]


@pytest.mark.requirement("OC-CTRL-2012")
@pytest.mark.requirement("OC-CTRL-2024")
@pytest.mark.requirement("OC-CORE-1005")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"seed-{seed}")
def test_cancels_at_moments_of_all_kinds(server, engine, seed) -> None:
    session = str(uuid4())
    engine.script_default(EngineScript(ms_per_token=random.Random(seed).choice([0.5, 2, 4])))
    canceled_before = canceled(server)
    tried = drawn(seed, session)
    with ThreadPoolExecutor(TASKS) as clients:
        list(clients.map(lambda one: try_one(server, one), tried))
    for one in tried:
        ended_once(one)
        outcome_is_true(one, engine)
    assert canceled(server) - canceled_before == sum(one.outcome != "already-finished" for one in tried)
    all_is_given_back(server, engine, session, tried)


def ended_once(one: Tried) -> None:
    assert {one.early, *one.later} == {one.early}, f"readers of {one} differ"
    names = [name for name, _ in one.events]
    assert sum(name in ("end", "error") for name in names) == 1
    assert names[-1] == "end"


def outcome_is_true(one: Tried, engine: ScriptedEngine) -> None:
    asked = [request for request in engine.completions if request.prompt == one.body["prompt"]]
    names = [name for name, _ in one.events]
    reason = one.events[-1][1]["finish_reason"]
    assert (reason == "canceled") is (one.outcome != "already-finished"), one
    if one.outcome == "canceled-queued":
        assert (names, asked) == (["end"], [])
    elif one.outcome == "canceled-running":
        assert names[0] == "started"
        assert len(asked) <= 1
    else:
        assert names.count("token") == TOKENS
        assert len(asked) == 1


def canceled(server: RunningServer) -> float:
    scrape = server.client("k").get("/metrics").text
    lines = [line for line in scrape.splitlines() if line.startswith("tasks_canceled_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if 'reason="client"' in line)


def all_is_given_back(
    server: RunningServer, engine: ScriptedEngine, session: str, tried: list[Tried]
) -> None:
    """No slot works, no lease or place is held, and the session has spent what its tasks have used."""
    assert engine.wait_for(lambda: engine.slots_busy == 0)
    server.wait_for_log(lambda _: len(ends(server, session)) == len(tried))
    used = sum(
        line["tokens_in"] + line["tokens_out"]
        for line in ends(server, session)
        if "first_token_ms" in line or line["event"] == "task.finished"
    )
    with server.client("k") as client:
        told = client.get(f"/v1/sessions/{session}").json()
        assert (told["turns"], told["tokens_budget_remaining"]) == (len(tried), BUDGET - used)
        assert eventually(lambda: at_work(client), lambda lines: not lines) == []


def ends(server: RunningServer, session: str) -> list[dict[str, Any]]:
    return [line for line in server.logs() if line["event"] in ENDED and line["session_id"] == session]


def at_work(client: Client) -> list[str]:
    scrape = client.get("/metrics").text.splitlines()
    held = ("active_leases{", "queue_depth{")
    return [line for line in scrape if line.startswith(held) and float(line.rsplit(" ", 1)[1])]
