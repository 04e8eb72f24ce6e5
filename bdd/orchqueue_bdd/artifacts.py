"""The artifacts of a scenario, by the names that its lines give them: stored, read, and asked for.

Content is given as the JSON text that is sent, so that a line can say how a number or a key is spelt. What a
task leaves is in `transcripts` and `results`.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from orchqueue.kit import Client, Exchange, NotTestable
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.world import World

ARTIFACTS = "/v1/artifacts"
JSON = {"Content-Type": "application/json"}
TAGS = ["draft", "für später"]
METADATA = {"author": "a feature", "scores": [1, 2.5, None]}
CLOCKS_APART_MS = 5_000


@dataclass
class Artifact:
    """One artifact as its client sent it. `body` is the text of the request."""

    name: str
    body: str
    answer: Exchange

    @property
    def told(self) -> dict[str, Any]:
        """The body of the answer; empty when it is no JSON object."""
        return told(self.answer)

    @property
    def id(self) -> str:
        """Its id, empty when it was given none."""
        return str(self.told.get("id", ""))


def store(world: World, name: str, content: str, key: str = "data", **members: Any) -> Artifact:
    """Store an artifact and remember it, whatever the answer is; that is the scenario's."""
    return send(world, world.client(key), name, content, **members)


def send(world: World, client: Client, name: str, content: str, **members: Any) -> Artifact:
    """Store an artifact by a client of its own."""
    rest = json.dumps({"kind": "plan", **members})
    body = f'{rest[:-1]}, "content": {content}}}'
    one = Artifact(name, body, client.post(ARTIFACTS, body=body.encode(), headers=JSON))
    world.memory.setdefault("artifacts", {})[name] = one
    world.memory["answer"] = one.answer
    return one


def require(world: World, name: str, content: str, key: str = "data", **members: Any) -> Artifact:
    """Store an artifact that the scenario needs. Raises NotTestable when it is refused."""
    one = store(world, name, content, key, **members)
    if one.answer.status != 201 or not one.id:
        raise NotTestable(f'the artifact "{name}" was answered {one.answer.status} {one.answer.text[:300]}')
    return one


def require_with_all(world: World, name: str, parent: str) -> Artifact:
    """Store an artifact with everything that can stand beside its content."""
    content = '{"steps": ["ä", 1.5, {"of": null}], "": true}'
    beside: dict[str, Any] = {"tags": TAGS, "metadata": METADATA, "parent": named(world, parent).id}
    return require(world, name, content, kind="diff", **beside)


def named(world: World, name: str) -> Artifact:
    """Give the artifact of that name. Raises ScenarioFault where there is none."""
    known: dict[str, Artifact] = world.memory.get("artifacts", {})
    if name not in known:
        raise ScenarioFault(f'the scenario has no artifact "{name}"')
    return known[name]


def read(world: World, name: str, key: str = "data") -> Exchange:
    """Read an artifact of the scenario; that is the scenario's answer."""
    world.memory["answer"] = read_id(world, named(world, name).id, key)
    answer: Exchange = world.memory["answer"]
    return answer


def read_id(world: World, artifact_id: str, key: str = "data") -> Exchange:
    """Read an artifact by its id."""
    return world.client(key).get(f"{ARTIFACTS}/{artifact_id}")


def content_of(world: World, artifact_id: str, kind: str) -> dict[str, Any]:
    """Demand an artifact of a kind under an id, and give its content."""
    answer = read_id(world, artifact_id)
    assert answer.status == 200, f"the artifact {artifact_id} is answered {answer.status}"
    body = told(answer)
    assert body.get("kind") == kind, f"the artifact is of kind {body.get('kind')!r}, not {kind!r}"
    content = body.get("content")
    assert isinstance(content, dict), f"its content is {content!r}"
    return content


def has_digest_of(world: World, name: str, canonical: str) -> None:
    """Demand 201 and the id that the bytes of a text have, which is written in the canonical form."""
    one = named(world, name)
    assert one.answer.status == 201, f"it was answered {one.answer.status} {one.answer.text[:300]}"
    due = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert one.id == due, f"its id is {one.id}; that of {canonical} is {due}"


def has_reference(world: World, name: str) -> None:
    """Demand an answer that tells id, kind, tags and the time of storing."""
    body = named(world, name).told
    assert (body.get("kind"), body.get("tags")) == ("plan", []), f"it was answered {body}"
    created = body.get("created_ms")
    assert isinstance(created, int), f"created_ms is {created!r}"
    apart = abs(created - time.time() * 1000)
    assert apart < CLOCKS_APART_MS, f"created_ms is {apart:.0f} ms away from now"


def is_of_kind(world: World, name: str, kind: str) -> None:
    """Demand that an artifact was answered as of this kind."""
    told = named(world, name).told
    assert told.get("kind") == kind, f"it was answered {told}"


def has_record_of(world: World, name: str, other: str) -> None:
    """Demand 201 and the very record that another artifact was answered with."""
    one, first = named(world, name), named(world, other)
    assert one.answer.status == 201, f"it was answered {one.answer.status} {one.answer.text[:300]}"
    assert one.told == first.told, f"it was answered {one.told}, not {first.told}"


def is_read_whole(world: World, name: str) -> None:
    """Demand that an artifact reads back as what was sent, with what its storing was answered."""
    one = named(world, name)
    answer = read_id(world, one.id)
    assert answer.status == 200, f"it is answered {answer.status} {answer.text[:300]}"
    due = {"tags": [], **json.loads(one.body), **one.told}
    read_back = told(answer)
    assert read_back == due, f"it is read back as {read_back}, not {due}"


def told(answer: Exchange) -> dict[str, Any]:
    """Give the JSON object of an answer; empty when it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
