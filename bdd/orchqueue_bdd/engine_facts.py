"""What a stream says of the engine's work, held against what the scripted engine knows of it."""

import math
import time

from orchqueue.kit import EngineRequest, EngineScript, NotTestable, now_ms
from orchqueue_bdd import holding, tasks
from orchqueue_bdd.reading import Event
from orchqueue_bdd.world import World

# Line ends of several kinds, the syntax of event streams, and characters of one to four bytes.
AWKWARD = (
    "a\n", "\r\n", "\r", "data: x\n\n", ": no comment\n", "\N{LINE SEPARATOR}", '"\\', "\t", "\N{POUND SIGN}",
    "\N{EURO SIGN}", "\N{GRINNING FACE}", "\x00", "<b>", " ", "z",
)  # fmt: skip
ROUNDING_MS = 1


def say(world: World, words: str) -> None:
    """Have the engine say these words, each a token with its space, whatever it is asked."""
    tokens = tuple(word if at == 0 else f" {word}" for at, word in enumerate(words.split()))
    holding.engine(world).script_default(EngineScript(tokens=tokens))
    world.memory["text"] = "".join(tokens)


def say_awkward(world: World) -> None:
    """Have the engine say what is hard to frame."""
    holding.engine(world).script_default(EngineScript(tokens=AWKWARD))
    world.memory["text"] = "".join(AWKWARD)


def say_in_pieces(world: World) -> None:
    """Have the engine say characters whose bytes come as several tokens."""
    euro, grin = "\N{EURO SIGN}".encode(), "\N{GRINNING FACE}".encode()
    tokens = ("a", euro[:1], euro[1:], "b", grin[:2], grin[2:3], grin[3:], "c")
    holding.engine(world).script_default(EngineScript(tokens=tokens))


def fail(world: World) -> None:
    """Have the engine fail after some tokens."""
    holding.engine(world).script_default(EngineScript(error_after=2))


def carries_text(world: World, name: str) -> None:
    """Demand the engine's text, whole and in its order."""
    told = tasks.text(world, name)
    assert told == world.memory["text"], (
        f"the stream carries {told!r}, the engine said {world.memory['text']!r}"
    )


def start_repeats_admission(world: World, name: str) -> None:
    """Demand `queue_position` and `predicted_start_ms` as they were told in the 202."""
    data, told = _start(world, name).data, tasks.named(world, name).told
    for field in ("queue_position", "predicted_start_ms"):
        assert data.get(field) == told.get(field), f"{field} was {told.get(field)!r}, now {data.get(field)!r}"


def start_names_all(world: World, name: str) -> None:
    """Demand those who serve the task, by the names of the configuration and of the engine."""
    data, pool = _start(world, name).data, holding.pool_id(world)
    wanted = {
        "job_id": tasks.named(world, name).job_id,
        "engine": "llamacpp",
        "engine_version": holding.engine(world).version,
        "pool_id": pool,
    }
    told = {field: data.get(field) for field in wanted}
    assert told == wanted, f"the start names {told}, not {wanted}"
    assert isinstance(data.get("replica_id"), str), f"replica_id is {data.get('replica_id')!r}"
    assert data["replica_id"], "replica_id is empty"


def end_counts(world: World, name: str) -> None:
    """Demand `tokens_out` as the engine decoded them."""
    told, decoded = _end(world, name).data.get("tokens_out"), _request(world, name).tokens_sent
    assert told == decoded, f"tokens_out is {told!r}, the engine decoded {decoded}"


def pause_and_go_on(world: World, name: str, pause_ms: int) -> None:
    """Let time pass between two tokens of a held task, then let it end."""
    time.sleep(pause_ms / 1000.0)
    world.memory["released_ms"] = now_ms()
    holding.release(world)
    tasks.events(world, name)


def end_tells_time(world: World, name: str) -> None:
    """Demand a `decode_ms` between what the client saw of the pause and what the engine saw of the whole.

    The server had the first token no later than the client, and the last no sooner than the engine went on;
    it had the first no sooner than the engine, and the last no later than the client.
    """
    arrived = [event.received_ms for event in tasks.events(world, name) if event.name == "token"]
    sent_ms = _request(world, name).first_token_ms
    if sent_ms is None or len(arrived) < 2:
        raise NotTestable(f"{len(arrived)} tokens came")
    told = _end(world, name).data.get("decode_ms")
    assert isinstance(told, int), f"decode_ms is {told!r}"
    least = math.floor(world.memory["released_ms"] - arrived[0]) - ROUNDING_MS
    most = math.ceil(arrived[-1] - sent_ms) + ROUNDING_MS
    assert least <= told <= most, (
        f"decode_ms is {told}, from the first to the last token it was {least} to {most} ms"
    )


def has_finish_reason(world: World, name: str, reason: str) -> None:
    """Demand how the end says that it came about."""
    told = _end(world, name).data.get("finish_reason")
    assert told == reason, f"finish_reason is {told!r}"


def _start(world: World, name: str) -> Event:
    return tasks.event(world, name, "started")


def _end(world: World, name: str) -> Event:
    return tasks.event(world, name, "end")


def _request(world: World, name: str) -> EngineRequest:
    found = [r for r in holding.reached(world, tasks.named(world, name)) if r.path == "/completion"]
    if len(found) != 1:
        raise NotTestable(f'the engine was asked {len(found)} times for "{name}"')
    return found[0]
