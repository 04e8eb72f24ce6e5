"""How messages are broken: what is meant changes, all else stays, and whether it did is told."""

import json

import pytest

from orchqueue.mutate import surgery
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.surgery import Answer, EventSurgery

PAGE = """# HELP tasks_started_total Tasks.
# TYPE tasks_started_total counter
tasks_started_total{priority="batch",pool_id="a"} 3.0
# HELP queue_wait_ms Waits.
# TYPE queue_wait_ms histogram
queue_wait_ms_bucket{pool_id="a",le="1"} 1.0
queue_wait_ms_sum{pool_id="a"} 1.0
"""


def body(mutation: Mutation, value: object) -> tuple[bool, object]:
    found = Answer(200, [("X-Correlation-Id", "c")], json.dumps(value).encode())
    done = surgery.answer(mutation, list(mutation.sites), found)
    return done, json.loads(found.body)


def at(*way: str) -> tuple[Site, ...]:
    return (Site("/a", at=way),)


@pytest.mark.parametrize(
    ("mutation", "becomes"),
    [
        (Mutation("body", "drop", at("a", "b"), "b"), {"a": {"c": 1}}),
        (Mutation("body", "rename", at("a", "b"), "b", to="b_x"), {"a": {"b_x": "one", "c": 1}}),
        (Mutation("body", "retype", at("a", "b"), "b"), {"a": {"b": 7, "c": 1}}),
        (Mutation("body", "alter", at("a", "b"), "b", value="one", to="two"), {"a": {"b": "two", "c": 1}}),
    ],
)
def test_a_field_is_broken(mutation: Mutation, becomes: object) -> None:
    assert body(mutation, {"a": {"b": "one", "c": 1}}) == (True, becomes)


def test_each_item_of_a_list_is_broken() -> None:
    mutation = Mutation("body", "drop", at("a", "*", "b"), "b")
    assert body(mutation, {"a": [{"b": 1}, {"c": 1}, {"b": 2, "d": 1}]}) == (
        True,
        {"a": [{}, {"c": 1}, {"d": 1}]},
    )
    values = Mutation("body", "alter", at("a", "*"), "a", value="x", to="y")
    assert body(values, {"a": ["x", "z"]}) == (True, {"a": ["y", "z"]})


def test_what_is_not_there_was_not_met_with() -> None:
    mutation = Mutation("body", "drop", at("a", "b"), "b")
    assert body(mutation, {"a": {"c": 1}}) == (False, {"a": {"c": 1}})
    other = Mutation("body", "alter", at("a"), "a", value="one", to="two")
    assert body(other, {"a": "three"}) == (False, {"a": "three"})


@pytest.mark.parametrize(
    ("operator", "to", "becomes"),
    [
        ("drop", "", []),
        ("rename", "Allow-Was", [("Allow-Was", "GET")]),
        ("retype", "not one", [("Allow", "not one")]),
        ("alter", "", [("Allow", "GET-x")]),
        ("reorder", "", [("Allow", "GET"), ("Allow", "GET-x")]),
    ],
)
def test_a_header_is_broken(operator: str, to: str, becomes: list[tuple[str, str]]) -> None:
    mutation = Mutation("header", operator, at(), "allow", to=to)  # type: ignore[arg-type]
    found = Answer(405, [("Allow", "GET")], b"")
    assert surgery.answer(mutation, [], found)
    assert found.headers == becomes


def test_an_operation_that_is_gone_answers_404_and_nothing_of_its_own() -> None:
    found = Answer(200, [("Content-Type", "application/json"), ("X-Correlation-Id", "c")], b"{}")
    assert surgery.answer(Mutation("status", "drop", at(), to=404), [], found)
    assert (found.status, found.headers[-1], found.body) == (404, ("X-Correlation-Id", "c"), b"Not Found")


@pytest.mark.parametrize(
    ("mutation", "gone", "come"),
    [
        (Mutation("series", "drop", at(), "tasks_started_total"), "tasks_started_total", ""),
        (
            Mutation("series", "rename", at(), "queue_wait_ms", to="queue_wait_ms_x"),
            "queue_wait_ms_bucket",
            "queue_wait_ms_x_bucket",
        ),
        (Mutation("series", "retype", at(), "queue_wait_ms"), "histogram", "# TYPE queue_wait_ms gauge"),
        (Mutation("series", "alter", at(), "tasks_started_total"), 'total{priority="', 'total{extra="x",pri'),
        (
            Mutation("label", "rename", at(), "tasks_started_total", "batch", "priority"),
            'priority="batch"',
            'priority="batch-x"',
        ),
    ],
)
def test_a_series_is_broken(mutation: Mutation, gone: str, come: str) -> None:
    broken = surgery.exposition(mutation, PAGE)
    assert gone not in broken
    assert come in broken


def test_a_counter_is_found_under_its_name_in_openmetrics() -> None:
    page = PAGE.replace("HELP tasks_started_total", "HELP tasks_started").replace(
        "TYPE tasks_started_total", "TYPE tasks_started"
    )
    broken = surgery.exposition(Mutation("series", "drop", at(), "tasks_started_total"), page)
    assert "tasks_started" not in broken
    assert "queue_wait_ms_sum" in broken


def frames(*events: tuple[str, str]) -> list[bytes]:
    return [f"id: {n}\nevent: {e}\ndata: {d}\n\n".encode() for n, (e, d) in enumerate(events)]


STREAM = frames(("started", '{"a":1}'), ("token", '{"i":0}'), ("token", '{"i":1}'), ("end", "{}"))


def cut(mutation: Mutation) -> tuple[list[tuple[str, str, str]], bool]:
    met: list[None] = []
    surgeon = EventSurgery(mutation, list(mutation.sites), lambda: met.append(None))
    sent = [block for frame in STREAM for block in surgeon.take(frame)] + surgeon.release()
    told = [frame.decode().strip().split("\n") for frame in sent]
    shown = [[line.partition(": ")[2] for line in lines] for lines in told]
    return [(number, event, data) for number, event, data in shown], bool(met)


@pytest.mark.parametrize(
    ("operator", "to", "becomes"),
    [
        ("drop", "", [("0", "token", '{"i":0}'), ("1", "token", '{"i":1}'), ("2", "end", "{}")]),
        ("rename", "begun", [("0", "begun", '{"a":1}')]),
        ("retype", "", [("0", "started", '"{\\"a\\":1}"')]),
        ("reorder", "", [("0", "token", '{"i":0}'), ("1", "started", '{"a":1}')]),
        ("alter", "", [("0", "started", '{"a":1}'), ("1", "started", '{"a":1}'), ("2", "token", '{"i":0}')]),
    ],
)
def test_an_event_is_broken_and_the_numbers_stay_in_order(
    operator: str, to: str, becomes: list[tuple[str, str, str]]
) -> None:
    mutation = Mutation("event", operator, at(), "started", to=to)  # type: ignore[arg-type]
    sent, met = cut(mutation)
    assert met
    assert sent[: len(becomes)] == becomes
    assert [number for number, _, _ in sent] == [str(n) for n in range(len(sent))]


def test_a_field_of_an_event_is_broken_in_that_event_alone() -> None:
    mutation = Mutation("data", "drop", (Site("/a", event="token", at=("i",)),), "i")
    sent, met = cut(mutation)
    assert met
    assert [data for _, _, data in sent] == ['{"a":1}', "{}", "{}", "{}"]


def test_a_comment_passes_untouched() -> None:
    surgeon = EventSurgery(Mutation("event", "drop", at(), "token"), [])
    assert surgeon.take(b": keep-alive\n\n") == [b": keep-alive\n\n"]
