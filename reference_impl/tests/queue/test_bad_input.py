"""What makes no sense is refused with its value named, and changes nothing."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import AdmissionQueue, DuplicateIdError, SnapshotError


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"order": "lifo"}, "lifo"),
        ({"order": None}, "None"),
        ({"policy": "drop-all"}, "drop-all"),
        ({"capacity": -3}, "-3"),
        ({"capacity": 0}, "0"),
        ({"capacity": 2**40}, str(2**40)),
        ({"age_ms": -1.0}, "-1"),
        ({"age_ms": nan}, "nan"),
    ],
)
def test_queue_that_cannot_be(make_queue: MakeQueue, arguments: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        make_queue(**arguments)


class Text(str):
    __slots__ = ()


Call = Callable[[Any], object]


@pytest.mark.parametrize(
    ("call", "error", "names"),
    [
        (lambda queue: queue.enqueue("a", None, 0, 0.0), DuplicateIdError, "'a'"),
        (lambda queue: queue.enqueue(7, None, 0, 0.0), TypeError, "int"),
        (lambda queue: queue.enqueue(b"x", None, 0, 0.0), TypeError, "bytes"),
        (lambda queue: queue.enqueue(Text("x"), None, 0, 0.0), TypeError, "Text"),
        (lambda queue: queue.enqueue("x", None, 2, 0.0), ValueError, "2"),
        (lambda queue: queue.enqueue("x", None, -(2**70), 0.0), ValueError, str(-(2**70))),
        (lambda queue: queue.enqueue("x", None, "batch", 0.0), TypeError, "str"),
        (lambda queue: queue.enqueue("x", None, 0, nan), ValueError, "nan"),
        (lambda queue: queue.enqueue("x", None, 0, inf), ValueError, "inf"),
        (lambda queue: queue.enqueue("x", None, 0, "now"), TypeError, "str"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, tenant=3), TypeError, "int"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, cost=nan), ValueError, "nan"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, cost=inf), ValueError, "inf"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, cost=-1), ValueError, "-1"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, cost=10**400), OverflowError, "large"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, cost=1e16), ValueError, "1e[+]16"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, weight=1e-9), ValueError, "1e-09"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, weight=0), ValueError, "0"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, weight=nan), ValueError, "nan"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, weight=inf), ValueError, "inf"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, latest_start_ms=nan), ValueError, "nan"),
        (lambda queue: queue.enqueue("x", None, 0, 0.0, wait=1), TypeError, "wait"),
        (lambda queue: queue.enqueue("x", None, 0), TypeError, "argument"),
        (lambda queue: queue.dequeue(nan), ValueError, "nan"),
        (lambda queue: queue.dequeue(), TypeError, "argument"),
        (lambda queue: queue.peek(inf), ValueError, "inf"),
        (lambda queue: queue.cancel(1), TypeError, "int"),
        (lambda queue: queue.cancel("a", used=nan), ValueError, "nan"),
        (lambda queue: queue.position(None, 0.0), TypeError, "NoneType"),
        (lambda queue: queue.reprioritise(1, 0), TypeError, "int"),
        (lambda queue: queue.reprioritise("a", 2), ValueError, "2"),
        (lambda queue: queue.reprioritise("a", "batch"), TypeError, "str"),
        (lambda queue: queue.reprioritise("a", 0, weight=nan), ValueError, "nan"),
        (lambda queue: queue.reprioritise("a", 0, weight=0), ValueError, "0"),
        (lambda queue: queue.reprioritise("nobody", 7), ValueError, "7"),
        (lambda queue: queue.reprioritise("a"), TypeError, "argument"),
        (lambda queue: queue.length(5), ValueError, "5"),
        (lambda queue: queue.tenant_length(5), TypeError, "int"),
        (lambda queue: queue.ordered(nan), ValueError, "nan"),
        (lambda queue: queue.settle("a", 1.0), TypeError, "str"),
        (lambda queue: queue.put_back(None), TypeError, "NoneType"),
        (lambda queue: queue.restore(("strict",)), SnapshotError, "seven"),
    ],
)
@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_call_that_makes_no_sense(
    make_queue: MakeQueue, order: str, call: Call, error: type[Exception], names: str
) -> None:
    queue = make_queue(order=order)
    queue.enqueue("a", None, 1, 0.0)
    before = queue.snapshot()
    with pytest.raises(error, match=names):
        call(queue)
    assert queue.snapshot() == before


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_unknown_id_gets_a_plain_answer(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(order=order)
    assert queue.cancel("nobody") is False
    assert queue.reprioritise("nobody", 1) is False
    assert queue.position("nobody", 0.0) is None
    assert queue.dequeue(0.0) is None
    assert queue.peek(0.0) is None
    assert 3 not in queue


def _spoil(queue: AdmissionQueue, **changes: Any) -> None:
    queue.restore(queue.snapshot()._replace(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"order": "lifo"},
        {"next_arrival": 1},
        {"last_arrived_ms": nan},
        {"virtual_time": inf},
        {"flows": []},
        {"flows": ((),)},
        {"flows": (("t", 0, 1.0, 0.0), ("t", 0, 1.0, 0.0))},
        {"items": None},
        {"items": (("a",),)},
        {
            "items": (
                ("a", None, 0, "t", 1, 0.0, None, 1.0, False),
                ("b", None, 0, "t", 0, 0.0, None, 1.0, False),
            )
        },
        {"items": (("a", None, 0, "t", 0, nan, None, 1.0, False),)},
    ],
)
@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_snapshot_that_cannot_be(make_queue: MakeQueue, order: str, changes: dict[str, Any]) -> None:
    queue = make_queue(order=order)
    for name in ("x", "y"):
        queue.enqueue(name, None, 0, 0.0, tenant="t")
    before = queue.snapshot()
    with pytest.raises(SnapshotError):
        _spoil(queue, **changes)
    assert queue.snapshot() == before


def test_snapshot_whose_times_fall(make_queue: MakeQueue) -> None:
    """Under `strict` a key is a time of arrival; start tags may fall, since items change their flow."""
    queue = make_queue()
    queue.enqueue("x", None, 0, 0.0)
    queue.enqueue("y", None, 0, 5.0)
    before = queue.snapshot()
    with pytest.raises(SnapshotError):
        _spoil(queue, items=(before.items[0]._replace(key=9.0), before.items[1]))
    assert queue.snapshot() == before


def test_snapshot_with_an_id_twice(make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.enqueue("x", None, 0, 0.0)
    queue.enqueue("y", None, 0, 0.0)
    saved = queue.snapshot()
    twice = (saved.items[0], saved.items[1]._replace(id="x"))
    with pytest.raises(DuplicateIdError):
        queue.restore(saved._replace(items=twice))
    assert queue.snapshot() == saved
