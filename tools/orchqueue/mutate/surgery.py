"""How messages are broken: pure functions over the parts of an answer. Each says whether it did anything.

An event stream is broken event by event, so that nothing waits for what comes later; only an event that is to
come later than it did waits, and for one other.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from orchqueue.mutate.mutation import ANY, Mutation, Site

Pairs = list[tuple[str, str]]

GONE = b"Not Found"
ANY_SERIES = "[a-z_]+?"
_OTHER_TYPES = {"counter": "gauge", "gauge": "counter", "histogram": "gauge"}


@dataclass
class Answer:
    """A response that is whole: its status, its headers in order, its body."""

    status: int
    headers: Pairs
    body: bytes

    def value(self, name: str) -> str:
        """Give the first value of a header, empty when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass
class Frame:
    """One block of an event stream, up to its blank line. A comment has no event and no data."""

    event: str
    id: int | None
    data: str
    raw: bytes

    @classmethod
    def read(cls, raw: bytes) -> "Frame":
        """Take a block apart, as far as it is regular."""
        fields = dict(
            line.partition(": ")[::2] for line in raw.decode("utf-8", "replace").split("\n") if ": " in line
        )
        number = fields.get("id", "")
        return cls(
            fields.get("event", ""), int(number) if number.isdigit() else None, fields.get("data", ""), raw
        )

    def bytes(self) -> bytes:
        """Write it anew."""
        return f"id: {self.id}\nevent: {self.event}\ndata: {self.data}\n\n".encode()


def answer(mutation: Mutation, sites: list[Site], found: Answer) -> bool:
    """Break an answer in place; for a stream only what comes before its body."""
    match mutation.part:
        case "status":
            return _status(mutation, found)
        case "header":
            return _header(mutation, found)
        case "body":
            return _body(mutation, sites, found)
        case "series" | "label":
            text = found.body.decode("utf-8", "surrogateescape")
            broken = exposition(mutation, text)
            found.body = broken.encode("utf-8", "surrogateescape")
            return broken != text
    return False


def _status(mutation: Mutation, found: Answer) -> bool:
    if mutation.operator == "drop":
        kept = [(name, value) for name, value in found.headers if name.lower() == "x-correlation-id"]
        found.headers, found.body = [("content-type", "text/plain"), *kept], GONE
    found.status = int(mutation.to)
    return True


def _header(mutation: Mutation, found: Answer) -> bool:
    lower, before = mutation.name.lower(), list(found.headers)
    if mutation.value and found.value(mutation.name) != mutation.value:
        return False

    def broken(name: str, value: str) -> Iterator[tuple[str, str]]:
        if name.lower() != lower:
            yield name, value
        elif mutation.operator == "rename":
            yield str(mutation.to), value
        elif mutation.operator == "retype":
            yield name, str(mutation.to)
        elif mutation.operator == "alter":
            yield name, str(mutation.to) or other(value)
        elif mutation.operator == "reorder":
            yield from [(name, value), (name, other(value))]

    found.headers = [pair for each in before for pair in broken(*each)]
    return found.headers != before


def other(value: str) -> str:
    """Give another value that looks like this one."""
    return str(int(value) + 7) if value.isascii() and value.isdigit() else f"{value}-x"


def _body(mutation: Mutation, sites: list[Site], found: Answer) -> bool:
    try:
        value = json.loads(found.body)
    except (ValueError, RecursionError):
        return False
    if not _inside(mutation, sites, value):
        return False
    found.body = _json(value).encode()
    return True


def _inside(mutation: Mutation, sites: list[Site], value: Any) -> bool:
    done = [_at(mutation, value, site.at) for site in sites]
    return any(done)


def _at(mutation: Mutation, value: Any, way: tuple[str, ...]) -> bool:
    """Follow the way to the object or list that holds what is meant, and break it there."""
    if len(way) > 1:
        inner = value if way[0] == ANY and isinstance(value, list) else [_member(value, way[0])]
        done = [_at(mutation, each, way[1:]) for each in inner]
        return any(done)
    if way[0] == ANY:
        places: list[Any] = list(range(len(value))) if isinstance(value, list) else []
    else:
        places = [way[0]] if isinstance(value, dict) and way[0] in value else []
    done = [_one(mutation, value, place) for place in places]
    return any(done)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _one(mutation: Mutation, holder: Any, place: Any) -> bool:
    if mutation.value and holder[place] != mutation.value:
        return False
    match mutation.operator:
        case "drop":
            del holder[place]
        case "rename" if not mutation.value:
            holder[str(mutation.to)] = holder.pop(place)
        case "retype":
            holder[place] = retyped(holder[place])
        case _:
            holder[place] = mutation.to
    return True


def retyped(value: Any) -> Any:
    """Give a value of another JSON type."""
    match value:
        case bool() | None:
            return json.dumps(value)
        case str():
            return 7
        case int() | float():
            return json.dumps(value)
        case list():
            return {}
    return []


def request(mutation: Mutation, sites: list[Site], body: bytes) -> bytes | None:
    """Give the body of a request as a server would read it that takes one value for another."""
    whole = Answer(0, [], body)
    return whole.body if _body(mutation, sites, whole) else None


@dataclass
class EventSurgery:
    """Breaks a stream frame by frame, and keeps what it needs from one to the next."""

    mutation: Mutation
    sites: list[Site]
    exercised: Callable[[], None] = lambda: None
    held: list[bytes] = field(default_factory=list)
    _shift: int = 0

    def take(self, raw: bytes) -> list[bytes]:
        """Give what is sent on for a block."""
        frame = Frame.read(raw)
        if not frame.event or frame.id is None:
            return [raw]
        if self.held:
            return self._behind(frame)
        if self.mutation.part == "event" and frame.event == self.mutation.name:
            self.exercised()
            return self._event(frame)
        if self.mutation.part == "data":
            return [self._data(frame)]
        return [replace(frame, id=frame.id + self._shift).bytes() if self._shift else raw]

    def release(self) -> list[bytes]:
        """Give what is still held, because nothing came behind it."""
        held, self.held = self.held, []
        return held

    def _event(self, frame: Frame) -> list[bytes]:
        match self.mutation.operator:
            case "drop":
                self._shift -= 1
                return []
            case "reorder":
                self.held = [frame.raw]
                return []
            case "rename":
                return [replace(frame, event=str(self.mutation.to)).bytes()]
            case "alter":
                self._shift += 1
                number = (frame.id or 0) + self._shift
                return [replace(frame, id=each).bytes() for each in (number - 1, number)]
            case _:
                return [replace(frame, data=json.dumps(frame.data)).bytes()]

    def _behind(self, frame: Frame) -> list[bytes]:
        """Send the one that was held after this one; the numbers stay where they were."""
        late = Frame.read(self.release()[0])
        return [replace(frame, id=late.id).bytes(), replace(late, id=frame.id).bytes()]

    def _data(self, frame: Frame) -> bytes:
        meant = [site for site in self.sites if site.event == frame.event]
        try:
            value = json.loads(frame.data)
        except (ValueError, RecursionError):
            return frame.raw
        if not meant or not _inside(self.mutation, meant, value):
            return frame.raw
        self.exercised()
        return replace(frame, data=_json(value)).bytes()


def exposition(mutation: Mutation, text: str) -> str:
    """Break a series, or a value of one of its labels, in a page of metrics."""
    # OpenMetrics names a counter's family without the suffix of its samples.
    stem = re.escape(mutation.name.removesuffix("_total")) if mutation.name else ANY_SERIES
    total = "(?:_total)?" if mutation.name.endswith("_total") else ""
    about = re.compile(rf"^# (?:HELP|TYPE|UNIT) {stem}{total} .*\n", re.MULTILINE)
    sample = re.compile(rf"^{stem}(?:_total|_bucket|_sum|_count)?[{{ ].*\n", re.MULTILINE)
    if mutation.part == "label":
        pair, wrong = f'{mutation.to}="{mutation.value}"', f'{mutation.to}="{mutation.value}-x"'
        return sample.sub(lambda line: line[0].replace(pair, wrong), text)
    match mutation.operator:
        case "drop":
            return sample.sub("", about.sub("", text))
        case "rename":
            named = re.compile(rf"{stem}(?=[_{{ ])")
            return sample.sub(
                lambda line: named.sub(str(mutation.to), line[0], count=1),
                about.sub(lambda line: named.sub(str(mutation.to), line[0], count=1), text),
            )
        case "alter":
            return sample.sub(lambda line: line[0].replace("{", '{extra="x",', 1), text)
    kind = re.compile(rf"^(# TYPE {stem}{total} )(\w+)", re.MULTILINE)
    return kind.sub(lambda line: line[1] + _OTHER_TYPES.get(line[2], "gauge"), text)


def _json(value: Any) -> str:
    # Half of a surrogate pair, which JSON can hold, has no bytes but its escape.
    return json.dumps(value, separators=(",", ":"))
