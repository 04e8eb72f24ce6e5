"""The items of a stream, whatever the network and the engine's line ends make of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.adapters.sse import MAX_LINE_BYTES, ItemReader
from orchestratord.core.engine_failures import EngineFailure, FailureKind

STREAM = (
    b": ping\n\n"
    b'data: {"a": "\xe4\xbd\xa0"}\n\n'
    b"event: message\nid: 3\nretry: 5\n"
    b"data:no space\n\n\n"
    b"data: [DONE]\n\n"
)
ITEMS = [b'{"a": "\xe4\xbd\xa0"}', b"no space", b"[DONE]"]


@given(st.lists(st.integers(0, 400), max_size=12), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_cut_and_any_line_end_reads_alike(cuts, line_end) -> None:
    stream = STREAM.replace(b"\n", line_end)
    reader = ItemReader()
    edges = [0, *sorted(cut for cut in cuts if cut <= len(stream)), len(stream)]
    assert [item for a, b in pairwise(edges) for item in reader.feed(stream[a:b])] == ITEMS


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_byte_by_byte(line_end) -> None:
    reader = ItemReader()
    stream = STREAM.replace(b"\n", line_end)
    assert [item for byte in stream for item in reader.feed(bytes([byte]))] == ITEMS


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"error": "no stream at all"}\n', FailureKind.MALFORMED),
        (b"garbage\n", FailureKind.MALFORMED),
        (b'error: {"code": 500}\n', FailureKind.STREAM_ERROR),
        (b"x" * (MAX_LINE_BYTES + 1), FailureKind.MALFORMED),
    ],
)
def test_what_is_no_stream(line, kind) -> None:
    reader = ItemReader()
    reader.feed(b"data: fine\n\n")
    with pytest.raises(EngineFailure) as failure:
        reader.feed(line)
    assert failure.value.kind is kind
