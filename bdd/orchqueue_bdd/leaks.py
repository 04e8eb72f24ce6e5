"""Planted secrets: traffic that carries them through a server, and the places where they must not show."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchqueue.kit import EngineScript, Exchange, NotTestable
from orchqueue_bdd import holding, journal, tasks
from orchqueue_bdd.occasions import JSON
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World


@dataclass
class Planted:
    """What must show nowhere, and the answers to those who sent it."""

    prompt: str
    keys: tuple[str, ...]
    refusals: list[Exchange] = field(default_factory=list)

    @property
    def words(self) -> tuple[str, ...]:
        """Every secret."""
        return (self.prompt, *self.keys)


def send(world: World) -> None:
    """Send prompts and keys that are secret: in a task that runs, and in requests that are refused."""
    mark = secrets.token_hex(12)
    unknown = f"key-{secrets.token_hex(12)}"
    planted = Planted(mark, (unknown, *world.server.keys.values()))
    world.memory["planted"] = planted
    prompt = f"The word is {mark}."
    task = holding.admit(world, "secret", prompt=prompt)
    tasks.follow(world, task.name)
    tasks.terminal(world, task.name)
    body = completion("refused", **holding.meant(world, prompt=prompt))
    client = world.client()
    planted.refusals += [
        client.post(TASKS, json={**body, "max_tokens": 10**9}),
        client.post(TASKS, json={**body, "prompt": [prompt]}),
        client.post(TASKS, json={**body, "priority": prompt}),
        client.post(TASKS, json={**body, "max_token": 4}),
        client.post(TASKS, body=json.dumps(body).encode()[:-2] + b',"prompt":', headers=JSON),
        client.with_key(unknown).post(TASKS, json=body),
        client.with_key(None).get(
            f"{TASKS}/{task.id}/stream", headers={"Authorization": f"Bearer {unknown}"}
        ),
    ]


def send_to_talkative_engine(world: World) -> None:
    """Send a secret prompt to an engine that repeats it in its error."""
    mark = secrets.token_hex(12)
    world.memory["planted"] = Planted(mark, ())
    prompt = f"The word is {mark}."
    script = EngineScript(error_status=400, error_type="invalid_request_error", error_message=prompt)
    holding.engine(world).script_default(script)
    holding.admit(world, "secret", prompt=prompt)
    tasks.follow(world, "secret")


def not_in_log(world: World) -> None:
    """Demand that no secret stands in the log. Raises NotTestable when that says nothing of the task."""
    task = tasks.named(world, "secret")
    if not journal.ended(world, task):
        raise NotTestable("the log says nothing about the task")
    _are_absent(world, "the log", world.log_text())


def not_in_metrics(world: World) -> None:
    """Demand that no secret stands in the exposition."""
    text = eventually(world.scrape_text, lambda seen: "tasks_" in seen)
    _are_absent(world, "the exposition", [text])


def not_in_refusals(world: World) -> None:
    """Demand that no secret stands in an answer to those who sent it."""
    planted: Planted = world.memory["planted"]
    refused = [answer for answer in planted.refusals if answer.status >= 400]
    if not refused:
        raise NotTestable("none of the requests was refused")
    for answer in refused:
        headers = [f"{name}: {value}" for name, value in answer.headers]
        _are_absent(world, f"the answer {answer.status}", [answer.text, *headers])


def not_in_events(world: World) -> None:
    """Demand that no secret stands in an event other than the tokens."""
    events = tasks.events(world, "secret")
    told = [json.dumps(event.data, ensure_ascii=False) for event in events if event.name != "token"]
    _are_absent(world, "an event", told)


def _are_absent(world: World, where: str, texts: Iterable[str]) -> None:
    planted: Planted = world.memory["planted"]
    for text in texts:
        # The secret itself is not repeated: messages end up in reports.
        at = next((text.find(word) for word in planted.words if word and word in text), None)
        if at is not None:
            raise AssertionError(f"{where} holds a secret, after {text[:at][-120:]!r}")
