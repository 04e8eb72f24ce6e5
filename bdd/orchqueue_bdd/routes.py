"""Requests to paths as they stand, by whoever asks, and requests that are wrong in more than one way."""

import json
import uuid

from orchqueue.kit import Exchange, NotTestable
from orchqueue.verify.leaks import planted
from orchqueue_bdd import answers, occasions
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.world import World

FAULTS = (
    "an unknown path",
    "a wrong method",
    "no key",
    "an unknown key",
    "a key for other things",
    "too large a body",
    "a wrong type",
    "a malformed body",
    "no known model",
)
TOO_LARGE = 2 * 2**20
NOT_SERVED = 404


def send(world: World, method: str, path: str, key: str | None) -> Exchange:
    """Send a request without a body; `{id}` in the path is an id that no task has."""
    return _keep(world, world.client(key).request(method, path.replace("{id}", str(uuid.uuid4()))))


def send_with_unknown_key(world: World, method: str, path: str) -> Exchange:
    """Send a request with a key that the server does not know."""
    stranger = world.client(None).with_key(planted())
    return _keep(world, stranger.request(method, path.replace("{id}", str(uuid.uuid4()))))


def send_with_two_hosts(world: World, method: str, path: str) -> Exchange:
    """Send a request whose head is complete, but names two hosts, as no HTTP library would."""
    where = path.replace("{id}", str(uuid.uuid4()))
    headers = [("Host", "localhost"), ("Host", "elsewhere"), ("X-API-Key", world.server.keys["control"])]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    with world.client(None).raw() as connection:
        connection.send(f"{method} {where} HTTP/1.1\r\n{lines}Content-Length: 0\r\n\r\n".encode())
        answer = connection.receive_response(method).exchange(method, world.server.url + where)
    # It is a request of this route like any other, which the checks of all exchanges can judge.
    answer.request_headers, answer.request_body, answer.raw = headers, b"", False
    world.note(answer)
    return _keep(world, answer)


def send_faulty(world: World, faults: str) -> Exchange:
    """Send a task that has all of these faults at once, as `a and b`. Raises NotTestable for unknown ones."""
    wrong = faults.split(" and ")
    unknown = set(wrong) - set(FAULTS)
    if unknown:
        raise NotTestable(f"nobody has said how a request has {sorted(unknown)}")
    fields = dict(world.server.suits)
    if "no known model" in wrong:
        fields["model_ref"] = "no-such-model"
    body = completion("faulty", **fields)
    if "too large a body" in wrong:
        body["prompt"] = "x" * TOO_LARGE
    text = json.dumps(body)[:-1] if "a malformed body" in wrong else json.dumps(body)
    client = world.client(None if {"no key", "an unknown key"} & set(wrong) else "data")
    if "an unknown key" in wrong:
        client = client.with_key("no-key-of-this-server")
    if "a key for other things" in wrong:
        client = world.client("operator")
    media = "text/plain" if "a wrong type" in wrong else "application/json"
    method = "PUT" if "a wrong method" in wrong else "POST"
    path = "/v1/nowhere" if "an unknown path" in wrong else TASKS
    return _keep(world, client.request(method, path, body=text.encode(), headers={"Content-Type": media}))


def send_to_each(world: World, what: str, table: Table | None) -> None:
    """Send such a body to each of these routes that there is. Raises NotTestable when there is none."""
    assert table is not None, "a table of paths stands below this line"
    media = "text/plain" if what == "of text/plain" else "application/json"
    size = occasions.body_limit(world) + 1 if what == "that is too large" else 2
    seen = world.memory["sent on"] = []
    for row in table:
        # A route that there is asks for a key first.
        if send(world, "POST", row["path"], None).status != NOT_SERVED:
            path = row["path"].replace("{id}", str(uuid.uuid4()))
            body = b"{" + b" " * (size - 2) + b"}"
            seen.append(world.client("control").post(path, body=body, headers={"Content-Type": media}))
    if not seen:
        raise NotTestable("none of these routes is served")


def each_refused(world: World, status: int, code: str) -> None:
    """Demand that refusal of each of the requests that were sent to several routes."""
    for answer in world.memory["sent on"]:
        answers.refuses(answer, status, code)


def is_not_served(world: World) -> None:
    """Demand 404 with the envelope's code."""
    answers.refuses(world.memory["answer"], 404, "NOT_FOUND")


def is_not_let_in(world: World) -> None:
    """Demand that a route asks for a key, or that there is no such route on this server."""
    answer: Exchange = world.memory["answer"]
    assert answer.status in {401, 404}, f"without a key {answer.path} answered {answer.status}"


def no_engine_saw(world: World) -> None:
    """Demand that no engine behind the server was asked for that path with that method and body."""
    answer: Exchange = world.memory["answer"]
    for name, engine in world.server.engines.items():
        # A server asks engines for their health by itself, and proves them; what clients send may not come
        # through.
        seen = [each for each in engine.requests if (each.path, each.method) == (answer.path, answer.method)]
        foreign = [each for each in seen if each.method != "GET" and each.body == answer.request_body]
        assert not foreign, f"the engine {name} was asked {answer.method} {answer.path}"


def _keep(world: World, answer: Exchange) -> Exchange:
    world.memory["answer"] = answer
    return answer
