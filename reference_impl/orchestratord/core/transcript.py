"""The transcript of a task in its canonical form (RFC 8785), put together from the canonical forms of its
parts.

Nearly all events are tokens, which differ in a text and two counts. A text in which nothing had to be escaped
stands in its frame as it does in the canonical form; of any other the library is asked for the text alone.
That it comes to the same is tested.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from orchestratord.core.artifacts import canonical

TOKEN = b"event: token"

_PLAIN = re.compile(
    rb"id: (?P<id>\d+)\n" + TOKEN + rb'\ndata: \{"t":(?P<text>"[^"\\]*"),"i":(?P<number>\d+)\}\n\n'
)
"""The frame of a token whose text has no escapes: neither quotes nor controls, nor a backslash."""


class _Token(msgspec.Struct, forbid_unknown_fields=True):
    t: str
    i: int


_token = msgspec.json.Decoder(_Token).decode
_any = msgspec.json.Decoder().decode


def canonical_transcript(
    frames: Iterable[bytes], missing: int, last_id: int, last_event: str, last_data: Mapping[str, Any]
) -> bytes:
    """The content of a transcript: the events of frames as an event log keeps them, and the last one.

    So many events are `missing` before them, since they were trimmed.
    """
    # OC-CTRL-2067
    events = [_event(frame) for frame in frames]
    events.append(canonical({"id": last_id, "event": last_event, "data": last_data}))
    # What is missing is counted: a transcript never looks more whole than it is.
    tail = b'],"missing":%d}' % missing if missing else b"]}"
    return b'{"events":[%s%s' % (b",".join(events), tail)


def _event(frame: bytes) -> bytes:
    plain = _PLAIN.fullmatch(frame)
    if plain is not None:
        return b'{"data":{"i":%b,"t":%b},"event":"token","id":%b}' % plain.group("number", "text", "id")
    number, event, data, _, _ = frame.split(b"\n")
    if event == TOKEN:
        token = _token(data[6:])
        return b'{"data":{"i":%d,"t":%s},"event":"token","id":%s}' % (
            token.i,
            canonical(token.t),
            number[4:],
        )
    return canonical({"id": int(number[4:]), "event": event[7:].decode(), "data": _any(data[6:])})
