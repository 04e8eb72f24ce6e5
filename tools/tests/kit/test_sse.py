"""The strict reader, byte by byte: what it dispatches, and what it objects to."""

import pytest

from orchqueue.kit import SseReader

EVENT = b"id: 0\nevent: token\ndata: {}\n\n"


def read(data: bytes, size: int, first_id: int | None = 0) -> SseReader:
    """Feed `data` in pieces of `size` bytes, a millisecond apart, and end the stream."""
    reader = SseReader(first_id)
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size], float(start))
    reader.close(float(len(data)))
    return reader


CASES = [
    ("one event", EVENT, ["token {}"], []),
    ("no blank after the colon", b"id:0\ndata:a\n\n", ["message a"], []),
    ("only one blank is taken", b"id: 0\ndata:  a\n\n", ["message  a"], []),
    ("CRLF throughout", b"id: 0\r\ndata: a\r\n\r\n", ["message a"], []),
    ("comments and blank lines", b": ping\n\n\n" + EVENT + b":\n\n", ["token {}"], []),
    ("retry", b"retry: 100\n" + EVENT, ["token {}"], []),
    ("an empty event name", b"id: 0\nevent:\ndata: a\n\n", ["message a"], []),
    ("empty data is data", b"id: 0\ndata:\n\n", ["message "], []),
    ("characters beyond ASCII", "id: 0\ndata: é你\u2028\n\n".encode(), ["message é你\u2028"], []),
    ("nothing at all", b"", [], []),
    ("BOM", b"\xef\xbb\xbf" + EVENT, ["token {}"], ["bom"]),
    (
        "BOM later is no BOM",
        EVENT + b"\xef\xbb\xbfid: 1\ndata: a\n\n",
        ["token {}", "message a"],
        ["unknown-field", "no-id"],
    ),
    ("lone CR", b"id: 0\rdata: a\n\n", ["message a"], ["lone-cr"]),
    ("lone CR at the end", b"id: 0\ndata: a\n\r", ["message a"], ["lone-cr"]),
    ("LF and CRLF mixed", b"id: 0\r\ndata: a\n\n", ["message a"], ["mixed-line-ends"]),
    ("a byte that is no UTF-8", b"id: 0\ndata: \xff\n\n", ["message \ufffd"], ["invalid-utf8"]),
    (
        "a character cut in two by the line's end",
        b"id: 0\ndata: \xc3\n\n",
        ["message \ufffd"],
        ["invalid-utf8"],
    ),
    ("unknown field", b"id: 0\nfoo: 1\ndata: a\n\n", ["message a"], ["unknown-field"]),
    ("a field without a colon", b"id: 0\ndata\n\n", ["message "], []),
    ("a line of text", b"id: 0\nhello\ndata: a\n\n", ["message a"], ["unknown-field"]),
    ("names are case-sensitive", b"id: 0\nData: b\ndata: a\n\n", ["message a"], ["unknown-field"]),
    ("two data lines", b"id: 0\ndata: a\ndata: b\n\n", ["message a\nb"], ["several-data-lines"]),
    ("two ids", b"id: 5\nid: 0\ndata: a\n\n", ["message a"], ["repeated-field"]),
    ("two names", b"id: 0\nevent: a\nevent: b\ndata: c\n\n", ["b c"], ["repeated-field"]),
    ("a block without data", b"id: 0\nevent: a\n\n" + EVENT, ["token {}"], ["no-data"]),
    ("retry of words", b"retry: soon\n" + EVENT, ["token {}"], ["bad-retry"]),
    ("no id", b"data: a\n\n", ["message a"], ["no-id"]),
    ("an id with NUL counts as none", b"id: 0\0\ndata: a\n\n", ["message a"], ["no-id"]),
    ("the first id is not 0", b"id: 1\ndata: a\n\n", ["message a"], ["id-not-contiguous"]),
    (
        "an id left out",
        EVENT + b"id: 2\ndata: a\n\nid: 3\ndata: b\n\n",
        ["token {}", "message a", "message b"],
        ["id-not-contiguous"],
    ),
    (
        "an id that is no number",
        b"id: x\ndata: a\n\nid: 1\ndata: b\n\n",
        ["message a", "message b"],
        ["id-not-contiguous"],
    ),
    ("an id with a leading zero", b"id: 00\ndata: a\n\n", ["message a"], ["id-not-contiguous"]),
    ("no blank line at the end", b"id: 0\ndata: a\n", [], ["unterminated-event"]),
    ("the end inside a line", b"id: 0\ndata: a", [], ["unterminated-line", "unterminated-event"]),
    ("the end inside a comment", EVENT + b": pi", ["token {}"], ["unterminated-line"]),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("data", "events", "rules"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_reads_strictly(data: bytes, events: list[str], rules: list[str], size: int) -> None:
    reader = read(data, size)
    assert [f"{event.event} {event.data}" for event in reader.events] == events
    assert [finding.rule for finding in reader.findings] == rules


def test_ids_continue_after_the_last_event_id() -> None:
    data = b"id: 7\ndata: a\n\nid: 8\ndata: b\n\n"
    assert read(data, 1000, first_id=7).findings == []
    assert [finding.rule for finding in read(data, 1000, first_id=6).findings] == ["id-not-contiguous"]
    assert read(b"data: a\n\n", 1000, first_id=None).findings == []


def test_an_event_has_the_time_of_its_blank_line_and_its_own_bytes() -> None:
    reader = SseReader()
    assert reader.feed(b": hi\nid: 0\ndata: {", 1.0) == []
    assert reader.feed(b"}\n", 2.0) == []
    (event,) = reader.feed(b"\nid: 1\n", 3.0)
    assert event.received_ms == 3.0
    assert event.raw == b": hi\nid: 0\ndata: {}\n\n"
    assert event.json() == {}
    assert [(comment.text, comment.received_ms) for comment in reader.comments] == [(" hi", 1.0)]


def test_a_finding_says_where() -> None:
    (finding,) = read(EVENT + b"id: 1\nfoo: 1\ndata: a\n\n", 1000).findings
    assert finding.offset == len(EVENT) + 6
    assert "foo" in str(finding)
