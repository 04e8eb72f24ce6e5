"""The events of a task as bytes, and where a reader may begin."""

import pytest

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.event_log import EventLog, resume_point
from orchqueue_contract.errors import ErrorCode

PLENTY = 1_000_000


def log_of(*events: str, closed: bool = False, max_bytes: int = PLENTY) -> EventLog:
    log = EventLog(max_bytes)
    for event in events:
        log.append(event, b"{}")
    if closed:
        log.append("end", b"{}", terminal=True)
    return log


@pytest.mark.requirement("OC-CTRL-2022")
def test_frames_count_from_zero() -> None:
    frames = b"id: 0\nevent: started\ndata: {}\n\nid: 1\nevent: end\ndata: {}\n\n"
    assert log_of("started", closed=True).since(0) == (frames, 2)


@pytest.mark.requirement("OC-CTRL-2024")
def test_nothing_comes_after_the_terminal_event() -> None:
    log = log_of("started", closed=True)
    with pytest.raises(ValueError, match="terminal"):
        log.append("token", b"{}")
    assert log.next_id == 2


@pytest.mark.parametrize(
    ("header", "closed", "expected"),
    [(None, False, 0), ("0", False, 1), ("1", False, 2), ("2", True, None), ("1", True, 2), (None, True, 0)],
)
def test_where_a_reader_begins(header, closed, expected) -> None:
    assert resume_point(log_of("started", "token", closed=closed), header) == expected


@pytest.mark.parametrize("header", ["", "-1", "+1", "01", "1.0", " 1", "x", "0, 1", "2", "9" * 40, "\u0661"])
def test_what_is_no_event_id(header) -> None:
    with pytest.raises(OrchestratorError) as refused:
        resume_point(log_of("started", "token"), header)
    assert refused.value.code is ErrorCode.INVALID_PARAMS
    assert refused.value.details[0].name == "Last-Event-ID"


def test_early_events_are_trimmed_and_gone() -> None:
    log = log_of(*["token"] * 100, max_bytes=1024)
    assert log.first_id > 0
    assert log.next_id == 100
    assert resume_point(log, str(log.first_id - 1)) == log.first_id
    for header in (None, "0", str(log.first_id - 2)):
        with pytest.raises(OrchestratorError) as refused:
            resume_point(log, header)
        assert refused.value.code is ErrorCode.EVENTS_GONE


def test_an_event_larger_than_the_bound_is_kept_alone() -> None:
    log = EventLog(10)
    log.append("token", b"[1]")
    log.append("token", b"[2]")
    assert log.first_id == 1
    assert b"[2]" in log.since(1)[0]


def test_frames_come_in_pieces_of_a_size() -> None:
    log = log_of(*["token"] * 10)
    whole, end = log.since(0)
    first, after = log.since(0, len(whole) // 2)
    second, end_of_second = log.since(after, len(whole))
    assert (first + second, end_of_second) == (whole, end)
    assert 0 < after < end


@pytest.mark.requirement("OC-CTRL-2019")
def test_of_a_log_that_was_forgotten_nothing_can_be_read_but_that_it_is_over() -> None:
    log = log_of(*["token"] * 3, closed=True)
    log.forget()
    assert (log.size, log.first_id, log.next_id) == (0, 4, 4)
    assert log.since(4) == (b"", 4)
    with pytest.raises(OrchestratorError) as gone:
        log.since(2)
    assert gone.value.code is ErrorCode.EVENTS_GONE


def test_what_a_reader_waits_for_is_kept_until_it_has_looked() -> None:
    log = log_of(*["token"] * 5, max_bytes=1024)
    log.hold(5)
    for _ in range(200):
        log.append("token", b"{}")
    assert log.first_id == 5
    assert log.since(5)[1] == 205
    log.release(5)
    assert log.first_id > 5
