"""Strict reading of an event stream from raw bytes, by the WHATWG rules, with every irregularity on record.

Keeps: framing, fields, arrival times and what the contract adds to them (one id, one event, one data line,
ids that follow each other). Leaves out: the socket, and the meaning of events, such as which of them is
terminal.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_BOM = b"\xef\xbb\xbf"
_LF, _CR = 0x0A, 0x0D
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class SseEvent:
    """One dispatched event.

    `raw` is its whole block with the blank line; `received_ms` is when that line came.
    """

    id: str | None
    event: str
    data: str
    raw: bytes
    received_ms: float

    def json(self) -> Any:
        """Return the data as JSON; raises ValueError when it is not JSON."""
        return json.loads(self.data)


@dataclass(frozen=True)
class SseComment:
    """A comment line without its colon."""

    text: str
    received_ms: float


@dataclass(frozen=True)
class SseFinding:
    """An irregularity.

    `rule` is stable, `detail` is for the reader, `offset` counts bytes from the stream's start.
    """

    rule: str
    detail: str
    offset: int
    received_ms: float

    def __str__(self) -> str:
        return f"byte {self.offset}: {self.rule}: {self.detail}"


@dataclass
class _Block:
    """The lines of one event, until its blank line."""

    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    fields: int = 0
    offset: int = 0


class SseReader:
    """Bytes in, events and findings out.

    `first_id` is the id that the first event should have: 0, or the one after `Last-Event-ID`. None leaves
    ids alone, as in the streams of engines. Rules of findings: `bom`, `lone-cr`, `mixed-line-ends`,
    `invalid-utf8`, `unknown-field`, `repeated-field`, `several-data-lines`, `no-data`, `no-id`,
    `id-not-contiguous`, `bad-retry`, `unterminated-line`, `unterminated-event`.
    """

    def __init__(self, first_id: int | None = 0) -> None:
        self.events: list[SseEvent] = []
        self.comments: list[SseComment] = []
        self.findings: list[SseFinding] = []
        self._expected_id = first_id
        self._line = bytearray()
        self._line_offset = 0
        self._offset = 0
        self._after_cr = False
        self._ends: set[bytes] = set()
        self._block = _Block()
        self._now = 0.0

    def feed(self, data: bytes, received_ms: float) -> list[SseEvent]:
        """Take the bytes that arrived at `received_ms`; return the events that they complete."""
        self._now = received_ms
        before = len(self.events)
        at = 0
        while at < len(data):
            at = self._take(data, at)
        return self.events[before:]

    def close(self, received_ms: float) -> None:
        """Note the end of the body: what is left over is incomplete and, by the rules, never dispatched."""
        self._now = received_ms
        if self._after_cr:
            self._lone_cr()
        if self._line:
            self._find(
                "unterminated-line",
                f"the stream ends inside the line {bytes(self._line)!r}",
                self._line_offset,
            )
            self._end_line(b"")
        if self._block.fields:
            self._find("unterminated-event", "the last event has no blank line after it", self._block.offset)
            self._block = _Block()

    def _take(self, data: bytes, at: int) -> int:
        """Take what is left of the line at `at`, with its end where it is there; return where it stopped."""
        if self._after_cr and data[at] != _LF:
            self._lone_cr()
        end = _LINE_END.search(data, at)
        stop = end.start() if end else len(data)
        self._line += data[at:stop]
        self._offset += stop - at
        if end is None:
            return stop
        if data[stop] == _CR:
            self._after_cr = True
        else:
            written = b"\r\n" if self._after_cr else b"\n"
            self._after_cr = False
            self._note_line_end(written)
            self._end_line(written)
        self._offset += 1
        return stop + 1

    def _lone_cr(self) -> None:
        self._after_cr = False
        self._find("lone-cr", "a line ends in a carriage return alone", self._offset - 1)
        self._end_line(b"\r", at=self._offset - 1)

    def _note_line_end(self, end: bytes) -> None:
        if self._ends and end not in self._ends:
            self._find("mixed-line-ends", f"a line ends in {end!r}, earlier ones did not", self._offset)
        self._ends.add(end)

    def _end_line(self, end: bytes, at: int | None = None) -> None:
        line, start = bytes(self._line), self._line_offset
        self._line.clear()
        self._line_offset = (self._offset if at is None else at) + 1
        self._block.raw += line + end
        if start == 0 and line.startswith(_BOM):
            self._find("bom", "the stream starts with a byte order mark", 0)
            line = line[len(_BOM) :]
        text = self._decode(line, start)
        if not text:
            self._dispatch()
        elif text.startswith(":"):
            self.comments.append(SseComment(text[1:], self._now))
        else:
            self._field(text, start)

    def _decode(self, line: bytes, start: int) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self._find("invalid-utf8", f"byte {line[error.start]:#04x} is not UTF-8", start + error.start)
            return line.decode("utf-8", "replace")

    def _field(self, text: str, start: int) -> None:
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if not self._block.fields:
            self._block.offset = start
        self._block.fields += 1
        if name == "data":
            self._block.data.append(value)
        elif name == "event":
            self._once(self._block.names, name, value, start)
        elif name == "id":
            self._once(self._block.ids, name, value, start)
        elif name == "retry":
            if not (value.isascii() and value.isdigit()):
                self._find("bad-retry", f"retry is {value!r}, not digits", start)
        else:
            self._find("unknown-field", f"the field {name!r} is none of data, event, id, retry", start)

    def _once(self, into: list[str], name: str, value: str, start: int) -> None:
        if into:
            self._find("repeated-field", f"a second {name} line in one event", start)
        into.append(value)

    def _dispatch(self) -> None:
        block, self._block = self._block, _Block()
        if not block.fields:
            return
        if not block.data:
            self._find("no-data", "a block without a data line is never dispatched", block.offset)
            return
        if len(block.data) > 1:
            self._find("several-data-lines", f"{len(block.data)} data lines in one event", block.offset)
        # An id with a NUL is ignored by the rules, so for a client the event has none.
        own_id = next((value for value in reversed(block.ids) if "\0" not in value), None)
        self._check_id(own_id, block.offset)
        name = block.names[-1] if block.names and block.names[-1] else "message"
        self.events.append(SseEvent(own_id, name, "\n".join(block.data), bytes(block.raw), self._now))

    def _check_id(self, own_id: str | None, offset: int) -> None:
        if self._expected_id is None:
            return
        if own_id is None:
            self._find("no-id", f"an event has no id, {self._expected_id} was due", offset)
        elif own_id != str(self._expected_id):
            self._find("id-not-contiguous", f"id {own_id!r} where {self._expected_id} was due", offset)
            if own_id.isascii() and own_id.isdigit():
                self._expected_id = int(own_id)
        self._expected_id += 1

    def _find(self, rule: str, detail: str, offset: int) -> None:
        self.findings.append(SseFinding(rule, detail, offset, self._now))
