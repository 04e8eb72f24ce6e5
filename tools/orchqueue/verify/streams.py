"""The grammar of an event stream: framing, order, numbering and how it ends, over the events of one response.

Requirements are named where their rule is held; what an event's data must look like stands in the event
contract.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchqueue.kit import SseEvent, SseReader
from orchqueue.verify.contract import Contract, carried, concerned
from orchqueue.verify.evidence import ExchangeRecord

FRAMING = frozenset({"OC-CTRL-2022"})
ORDER = frozenset({"OC-CTRL-2020"})
TERMINAL = frozenset({"OC-CTRL-2024"})
INFORMED = frozenset({"OC-CTRL-2023"})
CODES = frozenset({"OC-CTRL-2030"})
RETRIABLE = frozenset({"OC-CTRL-2032"})

Found = tuple[frozenset[str], str]


@dataclass(frozen=True)
class Stream:
    """The events of one response.

    `whole` says that it was read from the first event, `complete` that to its end.
    """

    events: tuple[SseEvent, ...]
    irregular: tuple[str, ...]
    whole: bool
    complete: bool

    @property
    def names(self) -> list[str]:
        """The names of the events in order."""
        return [event.event for event in self.events]


def read(exchange: ExchangeRecord) -> Stream:
    """Read a recorded body strictly. What the reader at the wire objected to counts too: it saw the bytes."""
    last = exchange.request_header("last-event-id")
    first = 0 if last is None else int(last) + 1 if last.isascii() and last.isdigit() else None
    reader = SseReader(first)
    reader.feed(exchange.response_body.encode(), exchange.started_ms)
    if exchange.complete:
        reader.close(exchange.started_ms)
    irregular = dict.fromkeys([*exchange.stream_findings, *(str(finding) for finding in reader.findings)])
    return Stream(tuple(_events(exchange, reader)), tuple(irregular), first == 0, exchange.complete)


def _events(exchange: ExchangeRecord, reader: SseReader) -> list[SseEvent]:
    """Give the events, one that lacks only its end included: its framing is wrong, not what it says."""
    if not any(finding.rule == "unterminated-event" for finding in reader.findings):
        return reader.events
    mended = SseReader(None)
    mended.feed(exchange.response_body.encode() + b"\n\n", exchange.started_ms)
    return mended.events


def exercised(stream: Stream, contract: Contract) -> frozenset[str]:
    """Give the requirements that the stream puts to the test."""
    ids = set(carried(contract.events[name] for name in stream.names if name in contract.events))
    for event in stream.events:
        schema = contract.events.get(event.event, {}).get("data", {})
        ids |= carried(contract.reached(schema, _data(event)))
    if stream.events:
        ids |= FRAMING | ORDER
    if stream.complete and stream.events:
        ids |= TERMINAL
    if _is_informative(stream):
        ids |= INFORMED
    if "error" in stream.names:
        ids |= CODES | RETRIABLE
    return frozenset(ids)


def judge(stream: Stream, contract: Contract) -> Iterator[Found]:
    """Give what is wrong with a stream, each with the requirements that it concerns."""
    yield from ((FRAMING, text) for text in stream.irregular)
    for event in stream.events:
        yield from _event(event, contract)
    yield from _order(stream, contract)
    yield from _tokens(stream)
    yield from _end(stream, contract)
    if _is_informative(stream) and "metrics" not in stream.names[stream.names.index("token") :]:
        yield INFORMED, "no metrics event after the first token"  # OC-CTRL-2023


def _event(event: SseEvent, contract: Contract) -> Iterator[Found]:
    node = contract.events.get(event.event)
    if node is None:
        yield ORDER, f"the event {event.event!r} is not in the contract"  # OC-CTRL-2020
        return
    data = _data(event)
    if data is _NOTHING:
        yield FRAMING, f"the data of {event.event} {event.id} is not JSON"  # OC-CTRL-2022
        return
    for error in contract.event_errors(event.event, data):
        trail = [node, *contract.trail_into(node["data"], list(error.absolute_schema_path)[1:])]
        ids = concerned(trail) or ORDER
        yield ids, f"the data of {event.event} {event.id}: {error.message} at {error.json_path}"
    if event.event == "error" and isinstance(data, dict):
        yield from _code(data, contract)


def _code(data: dict[str, Any], contract: Contract) -> Iterator[Found]:
    known = contract.errors.get(str(data.get("code")))
    if known is None:
        return  # the schema has said so
    if not known["stream"]:
        yield CODES, f"the code {data['code']} is none that a stream ends with"  # OC-CTRL-2030
    if not contract.label_fits(data):
        # OC-CTRL-2030
        yield CODES, f"the policy_label {data['policy_label']} does not go with the code {data['code']}"
    if data.get("retriable") is not known["retriable"]:
        told = data.get("retriable")
        yield (
            RETRIABLE,
            f"{data['code']} says retriable {told}, the table {known['retriable']}",
        )  # OC-CTRL-2032


def _order(stream: Stream, contract: Contract) -> Iterator[Found]:
    """OC-CTRL-2020: started once and first, tokens and metrics only after it."""
    names = stream.names
    if not stream.whole:
        return
    if names.count("started") > 1:
        yield ORDER, f"started came {names.count('started')} times"
    begun = names.index("started") if "started" in names else len(names)
    for name in names[:begun]:
        if not contract.events.get(name, {}).get("terminal", False):
            yield ORDER, f"{name} came before started"
            return
    if 0 < begun < len(names):
        yield ORDER, f"started is event {begun}, not the first"


def _tokens(stream: Stream) -> Iterator[Found]:
    """OC-CTRL-2020: tokens count from 0 without a gap."""
    found = [data["i"] for event in stream.events if event.event == "token" and _counts(data := _data(event))]
    due = 0 if stream.whole else (found[0] if found else 0)
    for number in found:
        if number != due:
            yield ORDER, f"token {number} where {due} was due"
            return
        due += 1


def _end(stream: Stream, contract: Contract) -> Iterator[Found]:
    """OC-CTRL-2024: one terminal event, the last."""
    closing = {name for name, node in contract.events.items() if node.get("terminal", False)}
    terminal = [index for index, name in enumerate(stream.names) if name in closing]
    if stream.complete and stream.events and not terminal:
        yield TERMINAL, f"the stream ends after {stream.names[-1]}, without a terminal event"
    if terminal and terminal[0] != len(stream.names) - 1:
        after = ", ".join(stream.names[terminal[0] + 1 :])
        yield TERMINAL, f"after the terminal event {stream.names[terminal[0]]} came {after}"


def _is_informative(stream: Stream) -> bool:
    return stream.whole and stream.complete and {"token", "end"} <= set(stream.names)


_NOTHING: Any = object()


def _data(event: SseEvent) -> Any:
    try:
        return event.json()
    except ValueError:
        return _NOTHING


def _counts(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("i"), int)
