"""What the lines about transcripts demand: that a task's events are there to be read as an artifact, too."""

from collections.abc import Sequence
from typing import Any

from orchqueue.kit import NotTestable
from orchqueue_bdd import artifacts, tasks
from orchqueue_bdd.reading import Event
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World


def transcript_id(world: World, name: str) -> str:
    """Demand that the last event of a task names its transcript, and give that."""
    last = tasks.terminal(world, name)
    named = last.data.get("transcript")
    assert isinstance(named, str), f"the {last.name} of {name!r} names no transcript: {last.data}"
    return named


def holds_stream(world: World, name: str) -> None:
    """Demand that the transcript holds the events of the stream, in order, and no others."""
    content = artifacts.content_of(world, transcript_id(world, name), "trace")
    due = _as_kept(tasks.events(world, name))
    kept = content.get("events")
    assert kept == due, f"the transcript has {kept}, the stream {due}"
    assert "missing" not in content, f"of a whole stream {content['missing']} events are said to be missing"


def holds_rest(world: World, name: str) -> None:
    """Demand that a transcript says how many early events are missing, and holds all others."""
    content = artifacts.content_of(world, transcript_id(world, name), "trace")
    due = _as_kept(tasks.events(world, name))
    missing, kept = content.get("missing"), content.get("events")
    if missing is None and kept == due:
        raise NotTestable("no event was trimmed before the end")
    assert isinstance(missing, int), f"missing is {missing!r}"
    assert kept == due[missing:], f"{missing} events are missing; there are {kept} of {due}"


def names_task(world: World, name: str) -> None:
    """Demand that what stands beside the transcript names the task and its job."""
    task = tasks.named(world, name)
    beside = artifacts.told(artifacts.read_id(world, transcript_id(world, name))).get("metadata")
    due = {"task_id": task.id, "job_id": task.job_id}
    assert beside == due, f"the metadata is {beside}, not {due}"


def names_none(world: World, name: str) -> None:
    """Demand that the last event of a task names no transcript."""
    last = tasks.terminal(world, name)
    assert "transcript" not in last.data, f"the {last.name} of {name!r} names {last.data['transcript']}"


def is_hidden_from(world: World, name: str, key: str) -> None:
    """Demand that another tenant is told that there is no such artifact."""
    artifact_id = transcript_id(world, name)
    own, other = (artifacts.read_id(world, artifact_id, each).status for each in ("data", key))
    assert (own, other) == (200, 404), f"the owner is answered {own}, the other {other}"


def is_soon_forgotten(world: World, name: str) -> None:
    """Demand that a transcript is 404 when its time has passed. Raises NotTestable when there was none."""
    artifact_id = str(tasks.terminal(world, name).data.get("transcript"))
    first = artifacts.read_id(world, artifact_id).status
    if first != 200:
        raise NotTestable(f"the transcript is answered {first} at once")
    seen = eventually(lambda: artifacts.read_id(world, artifact_id).status, lambda status: status == 404)
    assert seen == 404, f"a transcript whose time has passed is answered {seen}"


def _as_kept(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Give the events of a stream as a transcript holds them."""
    kept: list[dict[str, Any]] = [
        {"id": int(event.id or -1), "event": event.name, "data": dict(event.data)} for event in events
    ]
    kept[-1]["data"].pop("transcript", None)
    return kept
