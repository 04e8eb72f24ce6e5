"""Requests by the names that features call them, each of which brings about one answer of the contract.

One table serves the scenarios about envelopes, statuses, keys and correlation ids, so that they all speak of
the same requests. What an answer has to be is for the scenario to say.
"""

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

from orchqueue.kit import Exchange, NotTestable, RunningServer, now_ms
from orchqueue.kit.patience import PATIENCE_S
from orchqueue.kit.raw import RawConnection, RawReply
from orchqueue_bdd import holding, tasks
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.world import World
from orchqueue_contract import load

Occasion = Callable[[World], Exchange]
Body = Callable[[World], bytes]

JSON = {"Content-Type": "application/json"}
BEYOND = 2**53
TRICKLE_S = 0.03  # well within what the server "tight" allows between two parts of a body


def bring_about(world: World, occasion: str) -> Exchange:
    """Send the request of that name and give its answer. NotTestable for a name that there is not."""
    try:
        send = OCCASIONS[occasion]
    except KeyError:
        raise NotTestable(f"nobody has said how to send {occasion!r}") from None
    answer = send(world)
    world.memory["answer"] = answer
    return answer


def require_status(world: World, occasion: str, status: int) -> None:
    """Send the request of that name, and go on only with that status. Raises NotTestable."""
    answer = bring_about(world, occasion)
    if answer.status != status:
        raise NotTestable(f"{occasion} was answered {answer.status}, not {status}")


def post(
    world: World, body: bytes, headers: dict[str, str] | None = None, key: str | None = "data"
) -> Exchange:
    """Send bytes as the body of a task."""
    return world.client(key).post(TASKS, body=body, headers=JSON if headers is None else headers)


def request(method: str, path: str, key: str | None = "data") -> Occasion:
    """Send a request without a body; `{id}` in the path is an id that no task has."""
    return lambda world: world.client(key).request(method, path.replace("{id}", str(uuid.uuid4())))


def of_task(
    method: str, what: str, key: str | None = "data", headers: dict[str, str] | None = None
) -> Occasion:
    """Send a request about a task that has ended."""

    def send(world: World) -> Exchange:
        task = finished(world)
        return world.client(key).request(method, f"{TASKS}/{task.id}/{what}", headers=headers or {})

    return send


def finished(world: World) -> tasks.Task:
    """Run a task to its end, whatever its stream is like. Raises NotTestable when it is refused."""
    task = holding.admit(world, "the finished one", max_tokens=2)
    tasks.follow(world, task.name)
    tasks.terminal(world, task.name)
    return task


def with_body(make: Callable[[dict[str, Any]], bytes]) -> Occasion:
    """Send a task whose valid body was made into something else."""
    return lambda world: post(world, make(completion("a bad body", **holding.meant(world))))


def _with(text: str) -> Callable[[dict[str, Any]], bytes]:
    """Put members, as they stand in the text, behind those of the body."""
    return lambda body: json.dumps(body)[:-1].encode() + b", " + text.encode() + b"}"


def _latin_1(body: dict[str, Any]) -> bytes:
    return json.dumps({**body, "prompt": "Où ?"}, ensure_ascii=False).encode("latin-1")


def _nested(levels: int) -> Callable[[dict[str, Any]], bytes]:
    # The body itself is the first level.
    return _with('"kv_hint": ' + "[" * (levels - 1) + "]" * (levels - 1))


def _number(text: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda body: json.dumps({**body, "deadline_ms": "?"}).replace('"?"', text).encode()


def _under(coding: str, *, coded: bool) -> Occasion:
    """Send a task whose body is said to be coded, and is or is not."""

    def send(world: World) -> Exchange:
        body = _valid(world)
        return post(world, gzip.compress(body) if coded else body, {**JSON, "Content-Encoding": coding})

    return send


def _valid(world: World) -> bytes:
    return json.dumps(completion("a good body", **holding.meant(world))).encode()


def _other_media(media: str | None) -> Occasion:
    return lambda world: post(world, _valid(world), {} if media is None else {"Content-Type": media})


def _too_large(headers: dict[str, str]) -> Occasion:
    def send(world: World) -> Exchange:
        size = body_limit(world) + 1
        empty = json.dumps(completion("a large body", prompt=""))
        body = json.dumps(completion("a large body", prompt="x" * (size - len(empty))))
        return post(world, body.encode(), headers)

    return send


def _largest(world: World) -> Exchange:
    """Send a task whose body has just the size that is allowed."""
    empty = json.dumps(completion("a body of full size", prompt=""))
    body = completion("a body of full size", prompt="x" * (body_limit(world) - len(empty)))
    return post(world, json.dumps(body).encode())


def body_limit(world: World) -> int:
    """Give how many bytes a body may have, by the configuration of the server or the contract's default."""
    running = world.server.running
    config = running.config if isinstance(running, RunningServer) else {}
    told = config.get("server", {}).get("limits", {}).get("body_bytes")
    if isinstance(told, int):
        return told
    limits = load("config.schema")["properties"]["server"]["properties"]["limits"]["properties"]
    return int(limits["body_bytes"]["default"])


def _large_headers(world: World) -> Exchange:
    return world.client().get("/metrics", headers={"X-Padding": "x" * 2**16})


def _half_headers(world: World) -> Exchange:
    with world.client(None).raw(timeout_s=PATIENCE_S) as connection:
        connection.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        answer = connection.receive_response().exchange("GET", world.server.url + "/metrics")
    world.note(answer)
    return answer


def _slow_body(chunked: bool, pace_s: float | None) -> Occasion:
    """Send the head of a task, and its body byte by byte at that pace, or only its first byte."""

    def send(world: World) -> Exchange:
        headers = {
            **JSON,
            "Host": "localhost",
            "X-API-Key": world.server.keys["data"],
            **({"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": "4000"}),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with world.client(None).raw(timeout_s=PATIENCE_S) as connection:
            connection.send(f"POST {TASKS} HTTP/1.1\r\n{lines}\r\n".encode())
            reply = _trickle(connection, b"1\r\n \r\n" if chunked else b" ", pace_s)
        answer = reply.exchange("POST", world.server.url + TASKS)
        # What was sent is a request like any other but for its pace.
        answer.request_headers, answer.request_body, answer.raw = list(headers.items()), b"", False
        world.note(answer)
        return answer

    return send


def _trickle(connection: RawConnection, part: bytes, pace_s: float | None) -> RawReply:
    connection.send(part)
    deadline = now_ms() + connection.timeout_s * 1000.0
    while pace_s is not None and not connection.receive(bool, pace_s).data:
        # Who stops sending is answered for that, which is another matter.
        assert now_ms() < deadline, f"a body may trickle in for more than {connection.timeout_s:g} s"
        connection.send(part)
    return connection.receive_response()


def _conflict(world: World) -> Exchange:
    task = finished(world)
    return world.client().post(TASKS, json={**task.body, "prompt": "Something else"})


def _stream_of(world: World) -> Exchange:
    task = finished(world)
    stream = world.stream(f"{TASKS}/{task.id}/stream")
    return stream.exchange


def _end_of(world: World) -> Exchange:
    task = finished(world)
    return read_from(world, task, terminal_id(world, task))


def _future(world: World) -> Exchange:
    task = finished(world)
    return read_from(world, task, str(int(terminal_id(world, task)) + 1))


def terminal_id(world: World, task: tasks.Task) -> str:
    """Give the id of a task's terminal event. Raises NotTestable where it has none that counts."""
    own_id = tasks.terminal(world, task.name).id
    if own_id is None or not own_id.isdigit():
        raise NotTestable(f"the terminal event has the id {own_id!r}")
    return own_id


def read_from(world: World, task: tasks.Task, last_id: str) -> Exchange:
    """Ask for a task's events after one."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last_id}
    return world.client().get(f"{TASKS}/{task.id}/stream", headers=headers)


def _full(world: World) -> Exchange:
    holding.choose(world, "small")
    holding.fill(world)
    for number in range(2):
        holding.admit(world, f"waiting {number}")
    answer = holding.submit(world, "one too many").answer
    if answer.status == 202:
        raise NotTestable("the queue took one task more than it has places")
    return answer


def _cancel(world: World) -> Exchange:
    return tasks.cancel(world, holding.admit(world, "the cancelled one").name)


def _accepted(world: World) -> Exchange:
    return holding.submit(world, "the good one").answer


def _unknown_key(world: World) -> Exchange:
    stranger = world.client(None).with_key("no-key-of-this-server")
    return stranger.post(TASKS, body=_valid(world), headers=JSON)


def _garbage(data: bytes) -> Occasion:
    def send(world: World) -> Exchange:
        reply = world.client(None).send_raw(data, until_closed=True, timeout_s=PATIENCE_S)
        if not reply.closed:
            raise AssertionError("the connection stays open")
        answer = reply.exchange("GET", world.server.url)
        world.note(answer)
        return answer

    return send


def _field(name: str, value: Any) -> Occasion:
    return lambda world: holding.submit(world, f"wrong in {name}", **{name: value}).answer


OCCASIONS: dict[str, Occasion] = {
    # what is answered as it should be
    "a task": _accepted,
    "a cancel": _cancel,
    "a read of a stream": _stream_of,
    "a read after the last event": _end_of,
    "a scrape": request("GET", "/metrics", None),
    # bodies that are no JSON, or not strictly so
    "a body that is no JSON": with_body(lambda _: b"task_id=1"),
    "a body cut short": with_body(lambda body: json.dumps(body).encode()[:-10]),
    "an empty body": with_body(lambda _: b""),
    "a body that is not UTF-8": with_body(_latin_1),
    "a body with a duplicate key": with_body(
        lambda body: _with(f'"prompt": {json.dumps(body["prompt"])}')(body)
    ),
    "a body with NaN": with_body(_number("NaN")),
    "a body with Infinity": with_body(_number("Infinity")),
    "a body with -Infinity": with_body(_number("-Infinity")),
    "a body nested 33 levels deep": with_body(_nested(33)),
    "a body nested 50000 levels deep": with_body(_nested(50_000)),
    "a body with the integer 2^53": with_body(_number(str(BEYOND))),
    "a body with the integer -2^53": with_body(_number(str(-BEYOND))),
    "a body with an integer of 5000 digits": with_body(_number("9" * 5000)),
    "a body with an unknown field": with_body(_with('"max_token": 4')),
    "a body with null for an optional field": with_body(_with('"kv_hint": null')),
    "a body with null for a prompt": with_body(lambda body: json.dumps({**body, "prompt": None}).encode()),
    "a body that is a list": with_body(lambda body: json.dumps([body]).encode()),
    "a body that is null": with_body(lambda _: b"null"),
    # requests that are none of the contract's
    "an unknown path": request("GET", "/v1/nowhere"),
    "the root": request("GET", "/"),
    "a path with a trailing slash": lambda world: world.client().post(
        f"{TASKS}/", body=_valid(world), headers=JSON
    ),
    "a path with a double slash": lambda world: world.client().post(
        f"/{TASKS}", body=_valid(world), headers=JSON
    ),
    "a path in capitals": lambda world: world.client().post("/V1/TASKS", body=_valid(world), headers=JSON),
    "a read of an unknown task": request("GET", f"{TASKS}/{{id}}/stream"),
    "a read of an id that is no UUID": request("GET", f"{TASKS}/tomorrow/stream"),
    "a read of another tenant's task": of_task("GET", "stream", "stranger"),
    "a cancel of an unknown task": request("POST", f"{TASKS}/{{id}}/cancel"),
    "a cancel of an id that is no UUID": request("POST", f"{TASKS}/tomorrow/cancel"),
    "a cancel of another tenant's task": of_task("POST", "cancel", "stranger"),
    "a GET of the tasks": request("GET", TASKS),
    "a PUT of a task": request("PUT", TASKS),
    "an OPTIONS of the tasks": request("OPTIONS", TASKS),
    "a HEAD of the tasks": request("HEAD", TASKS),
    "a HEAD of the metrics": request("HEAD", "/metrics", None),
    "a POST of a stream": request("POST", f"{TASKS}/{{id}}/stream"),
    "a DELETE of a stream": request("DELETE", f"{TASKS}/{{id}}/stream"),
    "a GET of a cancel": request("GET", f"{TASKS}/{{id}}/cancel"),
    "a malformed Last-Event-ID": of_task("GET", "stream", headers={"Last-Event-ID": "last"}),
    "a Last-Event-ID of the future": _future,
    # types and sizes
    "a body of text/plain": _other_media("text/plain"),
    "a body of a form": _other_media("application/x-www-form-urlencoded"),
    "a body without a type": _other_media(None),
    "a body under gzip": _under("gzip", coded=True),
    "a body that only says that it is gzip": _under("gzip", coded=False),
    "a body under no coding": _under("identity", coded=False),
    "a body that is too large": _too_large(JSON),
    "a body of just the size allowed": _largest,
    "a chunked body that is too large": _too_large({**JSON, "Transfer-Encoding": "chunked"}),
    "headers that are too large": _large_headers,
    "half of the headers": _half_headers,
    "half of a body": _slow_body(chunked=False, pace_s=None),
    "a body that trickles in": _slow_body(chunked=False, pace_s=TRICKLE_S),
    "chunks that trickle in": _slow_body(chunked=True, pace_s=TRICKLE_S),
    # keys
    "a task without a key": lambda world: post(world, _valid(world), key=None),
    "a task with an unknown key": _unknown_key,
    # what the state of things does not allow
    "another body under a known id": _conflict,
    "a task to a full queue": _full,
    "a task that has no time": _field("deadline_ms", 0),
    "a task for an unknown model": _field("model_ref", "no-such-model"),
    "a task for an absent engine": _field("engine", "triton"),
    # below HTTP
    "a line that is no request": _garbage(b"hello\r\n\r\n"),
    "a body with two lengths": _garbage(
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    ),
}
