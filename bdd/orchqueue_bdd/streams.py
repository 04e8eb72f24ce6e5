"""What can be demanded of a stream.

Each function looks at one thing, so that a scenario fails for its own reason.
"""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn, TypeGuard

from orchqueue.kit import EventStream, NotTestable, SseEvent
from orchqueue_bdd import reading, tasks
from orchqueue_bdd.reading import EVENTS, Event
from orchqueue_bdd.tasks import TASKS, Task
from orchqueue_bdd.world import World

METRICS_EVERY = 16
BUDGETS = ("tokens_budget_remaining", "time_budget_remaining_ms", "cost_budget_remaining")
FIELDS = ["id", "event", "data"]

_LETTERS = {"started": "s", "token": "t", "metrics": "m", "end": "x", "error": "x"}
_RAN = re.compile("s[tm]*x")
_NEVER_RAN = re.compile("m*x")
_LINE_END = re.compile(b"\r\n|\r|\n")


def is_event_stream(stream: EventStream) -> None:
    """Demand 200 and the media type of event streams."""
    media = stream.header("content-type")
    assert stream.is_event_stream, f"the stream was answered {stream.status} as {media!r}"


def has_known_names(events: Sequence[Event]) -> None:
    """Demand that each event is one of the contract's."""
    unknown = {event.name for event in events} - set(EVENTS)
    assert events, "the stream has no event"
    assert not unknown, f"the contract has no event {sorted(unknown)}"


def is_in_order(events: Sequence[Event]) -> None:
    """Demand the order of a task that ran: `started`, then `token` and `metrics`, then `end` or `error`."""
    _matches(events, _RAN)


def never_started(events: Sequence[Event]) -> None:
    """Demand the stream of a task that ended in the queue: its terminal event, no `started`, no `token`."""
    _matches(events, _NEVER_RAN)


def counts_tokens(events: Sequence[Event]) -> None:
    """Demand that the token events count themselves from 0."""
    told = [event.data.get("i") for event in events if event.name == "token"]
    assert told == list(range(len(told))), f"the tokens count {told}"


def ends_once(stream: EventStream) -> None:
    """Demand exactly one terminal event, nothing after it, and then the end of the response."""
    events = reading.events_so_far(stream)
    names = [event.name for event in events]
    terminal = [event for event in events if event.is_terminal]
    assert len(terminal) == 1, f"there are {len(terminal)} terminal events among {names[-5:]}"
    assert events[-1].is_terminal, f"the last event is {names[-1]!r}"
    assert stream.ended == "complete", (
        f"the stream is {stream.ended or 'still open'} after its terminal event"
    )


def is_framed(stream: EventStream, first_id: int = 0) -> None:
    """Demand the framing of each event: its three lines, a blank one, its number, and JSON as data."""
    assert not stream.findings, f"the strict reader found: {'; '.join(map(str, stream.findings))}"
    assert stream.events, "the stream has no event"
    for number, event in enumerate(stream.events, first_id):
        assert event.id == str(number), f"the event has the id {event.id!r}, {number} was due"
        lines = [line for line in _LINE_END.split(event.raw) if line and not line.startswith(b":")]
        written = [line.partition(b":")[0].decode("utf-8", "replace") for line in lines]
        assert sorted(written) == sorted(FIELDS), f"event {number} consists of {written}"
        _is_json(event)


def keeps_client_informed(events: Sequence[Event]) -> None:
    """Demand `metrics` after the first token and before the end, and after every 16 tokens between."""
    names = [event.name for event in events]
    if "token" not in names:
        raise NotTestable(f"the stream has no token: {names}")
    last = len(names) - 1
    told = [at for at, name in enumerate(names) if name == "metrics" and names.index("token") < at <= last]
    assert told, f"no metrics event follows the first token: {names}"
    tail = [event for event in events[told[-1] :] if event.name == "token"]
    assert not tail, f"{len(tail)} tokens come after the last metrics event"
    marks = [names.index("token"), *told]
    for before, after in pairwise(marks):
        silent = names[before + 1 : after].count("token")
        assert silent <= METRICS_EVERY, f"{silent} tokens pass without a metrics event"


def metrics_are_whole(events: Sequence[Event]) -> None:
    """Demand the members of every `metrics` event."""
    for data in (event.data for event in events if event.name == "metrics"):
        chance = data.get("on_time_probability")
        assert _is_number(chance), f"on_time_probability is {chance!r}"
        assert 0 <= chance <= 1, f"on_time_probability is {chance}"
        depth = data.get("queue_depth")
        assert isinstance(depth, int), f"queue_depth is {depth!r}"
        assert isinstance(data.get("kv_warmth"), bool), f"kv_warmth is {data.get('kv_warmth')!r}"
        for budget in BUDGETS:
            assert budget in data, f"{budget} is missing in {sorted(data)}"
            assert data[budget] is None or _is_number(data[budget]), f"{budget} is {data[budget]!r}"


def read_afresh(world: World, task: Task, key: str = "data") -> list[Event]:
    """Open the stream of a task once more, from its first event, and read it to its end."""
    stream = world.stream(f"{TASKS}/{task.id}/stream", key)
    is_event_stream(stream)
    return reading.read_to_end(stream)


def read_after(world: World, task: Task, last_id: int) -> EventStream:
    """Open the stream of a task after an event."""
    return world.stream(f"{TASKS}/{task.id}/stream", last_event_id=last_id)


def shown(events: Sequence[Event]) -> list[tuple[str | None, str, dict[str, Any]]]:
    """Give what two readers can compare: ids, names and data, without the times."""
    return [(event.id, event.name, event.data) for event in events]


def are_equal(one: Sequence[Event], other: Sequence[Event]) -> None:
    """Demand that two readers were told the same."""
    if shown(one) != shown(other):
        _differ(one, other)


def ended(world: World, name: str) -> EventStream:
    """Give the stream of a task after reading it to its end."""
    tasks.events(world, name)
    stream = tasks.named(world, name).stream
    assert stream is not None, f'the stream of "{name}" was never opened'
    return stream


def _matches(events: Sequence[Event], order: re.Pattern[str]) -> None:
    letters = "".join(_LETTERS.get(event.name, "") for event in events)
    names = [event.name for event in events]
    assert order.fullmatch(letters), f"the order is {names}"


def _differ(one: Sequence[Event], other: Sequence[Event]) -> NoReturn:
    pairs = zip(shown(one), shown(other), strict=False)
    first = next((pair for pair in pairs if pair[0] != pair[1]), None)
    raise AssertionError(f"one reader has {len(one)} events, the other {len(other)}; they differ in {first}")


def _is_json(event: SseEvent) -> None:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"event {event.id} holds {constant}, which is no JSON")

    try:
        json.loads(event.data, parse_constant=refuse)
    except ValueError as error:
        raise AssertionError(f"the data of event {event.id} is no JSON: {error}") from None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
