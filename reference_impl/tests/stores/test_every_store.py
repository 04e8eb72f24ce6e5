"""What every store promises, over all of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from orchestratord.core.artifacts import content_id
from orchestratord.stores import FullError, TooLargeError


def test_an_artifact_is_read_back_whole(store, make) -> None:
    one = make({"a": [1, "é", None, {"b": 2.5}]}, tags=("x", "y"), metadata={"by": {"name": "me"}})
    child = make({"c": 1}, kind="diff", parent=one.id, created_ms=5)
    assert store.put("default", one) == one
    assert store.put("default", child) == child
    assert store.get("default", one.id) == one
    assert store.get("default", child.id) == child
    assert store.size("default", one.id) is not None


def test_what_was_never_stored_is_not_there(store, make) -> None:
    assert store.get("default", make({}).id) is None
    assert store.size("default", make({}).id) is None


def test_equal_content_has_the_first_record(store, make) -> None:
    first = make({"a": 1}, tags=("first",), created_ms=1)
    store.put("default", first)
    assert store.put("default", make({"a": 1.0}, kind="other", tags=("second",), created_ms=2)) == first
    assert store.get("default", first.id) == first


@pytest.mark.parametrize(
    "other",
    ["Default", "default ", "..", "../default", "/", "a/b", "\0", "é", "x" * 64, "traces", "arriving"],
)
def test_tenants_see_nothing_of_each_other(store, make, other) -> None:
    one = make({"a": 1})
    store.put("default", one)
    assert store.get(other, one.id) is None
    assert store.size(other, one.id) is None
    own = make({"a": 1}, tags=("own",), created_ms=7)
    assert store.put(other, own) == own
    assert store.get(other, one.id) == own
    assert store.get("default", one.id) == one


def test_traces_make_room_and_nothing_else_does(open_store, make, cost) -> None:
    traces = [make({"n": number, "x": "t" * 1000}, kind="trace", created_ms=number) for number in range(4)]
    size = cost(traces[0])
    store = open_store(4 * size + 100)
    for trace in traces:
        store.put("default", trace)
    plan = make({"n": 9, "x": "p" * 1000})
    store.put("default", plan)
    assert [store.size("default", trace.id) is not None for trace in traces] == [False, True, True, True]
    for number in range(10, 13):
        store.put("default", make({"n": number, "x": "p" * 1000}))
    assert not any(store.size("default", trace.id) is not None for trace in traces)
    with pytest.raises(FullError):
        store.put("default", make({"n": 99, "x": "p" * 1000}))
    assert store.get("default", plan.id) == plan
    assert store.put("default", plan) == plan
    # Another tenant has room of its own.
    store.put("other", make({"n": 99, "x": "p" * 1000}))


def test_who_gets_no_room_takes_none(open_store, make, cost) -> None:
    trace, plan = make({"x": "t" * 500}, kind="trace"), make({"x": "p" * 500})
    store = open_store(cost(trace) + cost(plan))
    store.put("default", trace)
    store.put("default", plan)
    with pytest.raises(TooLargeError):
        store.put("default", make({"x": "q" * 3000}))
    with pytest.raises(FullError, match="may occupy") as refused:
        store.put("default", make({"x": "q" * 800}))
    assert not isinstance(refused.value, TooLargeError)
    assert store.get("default", trace.id) == trace
    assert store.get("default", plan.id) == plan


def test_old_traces_are_forgotten_and_nothing_else_is(store, make) -> None:
    old, young = (
        make({"n": 1}, kind="trace", created_ms=1_000),
        make({"n": 2}, kind="trace", created_ms=2_000),
    )
    plan = make({"n": 3}, created_ms=1)
    for artifact in (old, young, plan):
        store.put("default", artifact)
    assert store.oldest_trace_ms() == 1_000
    assert store.forget(1_500) == 1
    assert store.get("default", old.id) is None
    assert store.get("default", young.id) == young
    assert store.get("default", plan.id) == plan
    assert store.oldest_trace_ms() == 2_000
    assert store.forget(9_000) == 1
    assert store.oldest_trace_ms() is None


def test_room_comes_back_with_what_is_forgotten(open_store, make, cost) -> None:
    size = cost(make({"n": 1000, "x": "t" * 1000}, kind="trace"))
    store = open_store(2 * size)
    for number in range(1000, 1100):
        store.put("default", make({"n": number, "x": "t" * 1000}, kind="trace", created_ms=number))
    store.forget(10_000)
    for number in range(2):
        store.put("default", make({"n": 2000 + number, "x": "p" * 1000}))
    with pytest.raises(FullError):
        store.put("default", make({"n": 3000, "x": "p" * 1000}))


def test_many_threads_agree_on_the_first(store, make) -> None:
    contents = [{"n": number} for number in range(5)]
    begin = threading.Barrier(8)

    def put_all(writer: int) -> list[tuple[str, ...]]:
        begin.wait()
        return [store.put("default", make(content, tags=(str(writer),))).tags for content in contents]

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(put_all, range(8)))
    assert all(each == told[0] for each in told)
    for content, tags in zip(contents, told[0], strict=True):
        kept = store.get("default", make(content).id)
        assert kept is not None
        assert kept.tags == tags
        assert content_id(kept.content) == kept.id
