import json
from collections.abc import Callable
from typing import Any

import pytest

from orchqueue.verify import streams
from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord

Make = Callable[..., ExchangeRecord]

STARTED = ("started", {"job_id": "j"})
METRICS = ("metrics", {})
END = ("end", {})
REFUSED = {"code": "ADMISSION_REJECT", "retriable": True}


def token(number: int) -> tuple[str, dict[str, Any]]:
    return "token", {"t": "a", "i": number}


def written(*events: tuple[str, Any], first: int = 0) -> str:
    data = [data if isinstance(data, str) else json.dumps(data) for _, data in events]
    return "".join(
        f"id: {number}\nevent: {name}\ndata: {line}\n\n"
        for number, ((name, _), line) in enumerate(zip(events, data, strict=True), start=first)
    )


WHOLE = written(STARTED, token(0), METRICS, token(1), METRICS, END)

RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "a whole stream": (WHOLE, {}),
    "a task that ended in the queue": (written(("error", REFUSED)), {}),
    "a task that was cancelled in the queue": (written(END), {}),
    "comments between": (WHOLE.replace("id: 1\n", ": still here\n\nid: 1\n"), {}),
    "a stream that was left": (written(STARTED, token(0)), {"complete": False}),
    "a stream read from the middle": (
        written(token(1), METRICS, END, first=3),
        {"asked": {"Last-Event-ID": "2"}},
    ),
    "no token": (written(STARTED, END), {}),
}

# the body, changes of the exchange, whom it concerns, a word of the message
FAULTS: dict[str, tuple[str, dict[str, Any], set[str], str]] = {
    "the last frame without its blank line": (
        WHOLE[:-1],
        {},
        {"OC-CTRL-2022"},
        "blank line",
    ),
    "an id left out": (
        written(STARTED, token(0), METRICS) + written(END, first=4),
        {},
        {"OC-CTRL-2022"},
        "3 was due",
    ),
    "data that is not JSON": (written(STARTED, ("metrics", "{"), END), {}, {"OC-CTRL-2022"}, "not JSON"),
    "what the reader at the wire saw": (
        WHOLE,
        {"stream_findings": ("byte 7: invalid-utf8: …",)},
        {"OC-CTRL-2022"},
        "utf8",
    ),
    "an event that no contract has": (written(STARTED, ("ping", {}), END), {}, {"OC-CTRL-2020"}, "'ping'"),
    "started twice": (written(STARTED, STARTED, END), {}, {"OC-CTRL-2020"}, "2 times"),
    "a token before started": (
        written(token(0), STARTED, METRICS, END),
        {},
        {"OC-CTRL-2020"},
        "before started",
    ),
    "tokens without started": (written(token(0), METRICS, END), {}, {"OC-CTRL-2020"}, "before started"),
    "a token left out": (
        written(STARTED, token(0), METRICS, token(2), END),
        {},
        {"OC-CTRL-2020"},
        "1 was due",
    ),
    "no terminal event": (
        written(STARTED, token(0), METRICS),
        {},
        {"OC-CTRL-2024"},
        "without a terminal event",
    ),
    "end before the last token": (
        written(STARTED, token(0), METRICS, END, token(1)),
        {},
        {"OC-CTRL-2024"},
        "end came token",
    ),
    "two terminal events": (written(STARTED, END, ("error", REFUSED)), {}, {"OC-CTRL-2024"}, "came error"),
    "no metrics": (written(STARTED, token(0), END), {}, {"OC-CTRL-2023"}, "no metrics event"),
    "metrics only before the first token": (
        written(STARTED, METRICS, token(0), END),
        {},
        {"OC-CTRL-2023"},
        "no metrics event",
    ),
    "a field that is missing": (written(("started", {}), END), {}, {"OC-STARTED"}, "job_id"),
    "a field of the wrong type": (
        written(STARTED, ("token", {"t": 1, "i": 0}), METRICS, END),
        {},
        {"OC-TOKEN"},
        "not of type 'string'",
    ),
    "an error without its envelope": (
        written(("error", {})),
        {},
        {"OC-ENVELOPE"},
        "code",
    ),
    "an error that lies about being retriable": (
        written(("error", {**REFUSED, "retriable": False})),
        {},
        {"OC-CTRL-2032"},
        "retriable False",
    ),
    "a policy that goes with another code": (
        written(("error", {**REFUSED, "policy_label": "quota"})),
        {},
        {"OC-CTRL-2030"},
        "policy_label quota",
    ),
    "a code that is none of a stream's": (
        written(("error", {"code": "NOT_FOUND", "retriable": False})),
        {},
        {"OC-CTRL-2030"},
        "none that a stream",
    ),
}


def judged(
    contract: Contract, make_exchange: Make, body: str, changes: dict[str, Any]
) -> list[tuple[frozenset[str], str]]:
    headers = {"Content-Type": "text/event-stream"}
    return list(streams.judge(streams.read(make_exchange(body=body, headers=headers, **changes)), contract))


@pytest.mark.parametrize("case", RIGHT)
def test_right(case: str, contract: Contract, make_exchange: Make) -> None:
    body, changes = RIGHT[case]
    assert judged(contract, make_exchange, body, changes) == []


@pytest.mark.parametrize("case", FAULTS)
def test_fault(case: str, contract: Contract, make_exchange: Make) -> None:
    body, changes, concerned, word = FAULTS[case]
    found = judged(contract, make_exchange, body, changes)
    assert any(word in message for _, message in found), found
    assert {identifier for ids, _ in found for identifier in ids} == concerned


def test_what_a_stream_exercises(contract: Contract, make_exchange: Make) -> None:
    stream = streams.read(make_exchange(body=WHOLE, headers={"Content-Type": "text/event-stream"}))
    assert streams.exercised(stream, contract) == {
        "OC-STARTED",
        "OC-TOKEN",
        "OC-EVENT-METRICS",
        "OC-END",
        "OC-CTRL-2020",
        "OC-CTRL-2022",
        "OC-CTRL-2023",
        "OC-CTRL-2024",
    }


def test_a_stream_that_was_left_says_nothing_of_its_end(contract: Contract, make_exchange: Make) -> None:
    left = make_exchange(body=written(STARTED), headers={"Content-Type": "text/event-stream"}, complete=False)
    assert "OC-CTRL-2024" not in streams.exercised(streams.read(left), contract)
