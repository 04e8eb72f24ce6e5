"""Streams over real sockets: what comes when, to whom, and after what."""

import pytest


def path(task) -> str:
    return f"/v1/tasks/{task['task_id']}/stream"


def is_last(event) -> bool:
    return event.event in ("end", "error")


def test_readers_at_any_time_get_the_same(client, task) -> None:
    one = task(max_tokens=20)
    assert client.post("/v1/tasks", json=one).status == 202
    early = client.stream(path(one))
    early.read_until(is_last)
    late = client.stream(path(one))
    late.read_until(is_last)
    assert [event.raw for event in early.events] == [event.raw for event in late.events]
    assert not early.findings
    assert not late.findings
    rest = client.stream(path(one), last_event_id=4)
    rest.read_until(is_last)
    assert [event.raw for event in rest.events] == [event.raw for event in late.events[5:]]
    assert client.get(path(one), headers={"Last-Event-ID": late.events[-1].id}).status == 204
    for value in ("x", str(int(late.events[-1].id) + 1)):
        refused = client.get(path(one), headers={"Last-Event-ID": value})
        assert (refused.status, refused.json()["code"]) == (400, "INVALID_PARAMS")


def test_early_events_can_be_gone(client, task) -> None:
    one = task(max_tokens=200)
    client.post("/v1/tasks", json=one)
    client.stream(path(one), first_id=None).read_until(is_last)
    gone = client.get(path(one))
    assert (gone.status, gone.json()["code"]) == (410, "EVENTS_GONE")
    rest = client.stream(path(one), last_event_id=200)
    rest.read_until(is_last)


@pytest.mark.requirement("OC-CTRL-2012")
def test_a_running_task_is_cancelled_and_nothing_follows(client, task) -> None:
    one = task(max_tokens=4000, model_ref="leaving")
    client.post("/v1/tasks", json=one)
    stream = client.stream(path(one))
    stream.read_until(lambda event: event.event == "token")
    cancelled = client.post(f"/v1/tasks/{one['task_id']}/cancel")
    assert (cancelled.status, cancelled.header("x-cancel-outcome"), cancelled.body) == (
        204,
        "canceled-running",
        b"",
    )
    first, second = client.get(path(one)).body, client.get(path(one)).body
    assert first == second
    assert b'"finish_reason":"canceled"' in first
    assert client.post(f"/v1/tasks/{one['task_id']}/cancel").header("x-cancel-outcome") == "already-finished"


def test_a_task_is_cancelled_when_its_only_reader_leaves(server, client, task) -> None:
    one = task(max_tokens=4000, model_ref="leaving")
    client.post("/v1/tasks", json=one)
    first, second = client.stream(path(one)), client.stream(path(one))
    first.read_until(lambda event: event.event == "token")
    first.close()
    second.read_until(lambda event: event.event == "token")
    second.close()
    line = server.wait_for_log(
        lambda line: line.get("task_id") == one["task_id"] and "canceled" in line["event"]
    )
    assert line["reason"] == "disconnect"


def test_a_task_goes_on_when_its_reader_leaves(server, client, task) -> None:
    one = task(max_tokens=60)
    client.post("/v1/tasks", json=one)
    stream = client.stream(path(one))
    stream.read_until(lambda event: event.event == "started")
    stream.close()
    line = server.wait_for_log(
        lambda line: line.get("task_id") == one["task_id"] and line["event"] == "task.finished"
    )
    assert line["tokens_out"] == 60


def test_silence_is_bridged(client, task, launch) -> None:
    mock = {"faults": [{"kind": "stall", "after_tokens": 1}]}
    silent = launch(
        {
            "streams": {"keepalive_ms": 30},
            "pools": [
                {
                    "id": "p",
                    "engine": "llamacpp",
                    "adapter": "mock",
                    "mock": mock,
                    "watchdog": {"idle_ms": 400},
                }
            ],
        },
        env={"ORCHESTRATORD_API_KEY": "k"},
    ).client("k")
    one = task()
    silent.post("/v1/tasks", json=one)
    stream = silent.stream(path(one))
    last = stream.read_until(is_last)
    assert '"DECODE_TIMEOUT"' in last.data
    assert len(stream.comments) >= 5
