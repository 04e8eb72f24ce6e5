"""By how much counters have to move between two scrapes, reckoned from the requests between them. Pure.

Requests are records as `orchqueue verify` leaves them in `exchanges.jsonl`. What a stream tells of its task
is known only where it was read: as long as a task has not been read to its end, what that moves is a
least, not a sum.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit.errors import KitError
from orchqueue.kit.metrics.lint import MetricFinding
from orchqueue.kit.metrics.scrape import Scrape
from orchqueue.sse import SseReader

_COUNTED = "OC-CORE-1041"
_TASKS = "/v1/tasks"
_FIELDS = {"method", "path", "status", "request_body", "response_body"}
_UNTOLD = {"NOT_FOUND", "METHOD_NOT_ALLOWED", "UNAUTHENTICATED", "FORBIDDEN"}  # no task was looked at
_POLICIES = {"QUEUE_FULL_DROP_LRU", "ADMISSION_REJECT"}  # what a waiting task is given up with


class RequestsError(KitError):
    """A record of requests that cannot be read."""


@dataclass(frozen=True)
class Sum:
    """How much the series of that name with these labels has to grow; at least so much unless `exact`."""

    series: str
    labels: Mapping[str, str]
    grows: int
    exact: bool = True

    def __str__(self) -> str:
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"{self.series}{{{inside}}}" if inside else self.series


@dataclass
class _Course:
    """What the requests tell of one task; `end` is its terminal event's name and data."""

    engine: str
    priority: str
    started: bool = False
    end: tuple[str, Mapping[str, Any]] | None = None


@dataclass
class _Told:
    """All that the requests tell."""

    tasks: dict[str, _Course] = field(default_factory=dict)
    refusals: list[Mapping[str, Any]] = field(default_factory=list)
    canceled: int = 0


def read_requests(text: str, source: str) -> list[dict[str, Any]]:
    """Read records, one JSON object a line; raises RequestsError for a line that is none."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise RequestsError(f"{source}:{number} is no JSON: {error}") from error
        missing = _FIELDS - set(record) if isinstance(record, dict) else _FIELDS
        if missing:
            raise RequestsError(
                f"{source}:{number} is no record of a request: {', '.join(sorted(missing))} missing"
            )
        found.append(record)
    return found


def wrong_sums(
    before: Scrape, after: Scrape, requests: Iterable[Mapping[str, Any]]
) -> Iterator[MetricFinding]:
    """Give every counter that moved otherwise than the requests between the scrapes say."""
    delta = after.delta(before)
    for each in expected(requests):
        grew = delta.value(each.series, **each.labels)
        if grew < each.grows or (each.exact and grew != each.grows):
            wanted = f"growth by {'' if each.exact else 'at least '}{each.grows}"
            yield MetricFinding(str(each), wanted, f"{grew:g}", (_COUNTED,))  # OC-CORE-1041


def expected(requests: Iterable[Mapping[str, Any]]) -> list[Sum]:
    """Reckon how much each counter of tasks has to grow."""
    told = _read(requests)
    ends = [course.end for course in told.tasks.values() if course.end is not None]
    whole = len(ends) == len(told.tasks)
    given_up = [data for name, data in ends if name == "error" and data.get("code") in _POLICIES]
    refusals = [*told.refusals, *given_up]
    counts = {
        "tasks_enqueued_total": (len(told.tasks), True),
        "tasks_rejected_total": (len(refusals), whole),
        "tasks_started_total": (sum(course.started for course in told.tasks.values()), whole),
        "tasks_finished_total": (len(ends), whole),
        "tokens_out_total": (sum(_tokens(data) for name, data in ends if name == "end"), False),
    }
    sums = [Sum(name, {}, grows, exact) for name, (grows, exact) in counts.items()]
    sums.append(Sum("tasks_canceled_total", {"reason": "client"}, told.canceled))
    for priority in ("interactive", "batch"):
        enqueued = sum(course.priority == priority for course in told.tasks.values())
        sums.append(Sum("tasks_enqueued_total", {"priority": priority}, enqueued))
    sums += _by("tasks_rejected_total", "reason", (str(each.get("code")) for each in refusals), whole)
    sums += _by("tasks_finished_total", "outcome", (_outcome(*end) for end in ends), whole)
    labels = (str(each["policy_label"]) for each in refusals if each.get("policy_label"))
    return sums + _by("admission_backpressure_events_total", "policy", labels, whole)


def _by(series: str, label: str, values: Iterable[str], exact: bool) -> list[Sum]:
    counted: dict[str, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    return [Sum(series, {label: value}, count, exact) for value, count in sorted(counted.items())]


def _read(requests: Iterable[Mapping[str, Any]]) -> _Told:
    told, jobs = _Told(), set[str]()
    for each in requests:
        method, path, status = str(each["method"]), str(each["path"]), int(each["status"])
        what = path.removeprefix(_TASKS).strip("/").split("/")
        if method == "POST" and path == _TASKS:
            _submitted(told, jobs, each, status)
        elif method == "POST" and what[1:] == ["cancel"] and status == 204:
            told.canceled += _header(each, "x-cancel-outcome").startswith("canceled")
        elif method == "GET" and what[1:] == ["stream"] and status == 200 and what[0].lower() in told.tasks:
            _followed(told.tasks[what[0].lower()], str(each["response_body"]))
    return told


def _submitted(told: _Told, jobs: set[str], record: Mapping[str, Any], status: int) -> None:
    answer, task = _object(record["response_body"]), _object(record["request_body"])
    if status == 202 and str(answer.get("job_id")) not in jobs:
        jobs.add(str(answer.get("job_id")))
        course = _Course(str(task.get("engine")), str(task.get("priority")))
        told.tasks[str(answer.get("task_id")).lower()] = course
    elif status >= 400 and answer.get("code") not in _UNTOLD:
        told.refusals.append(answer)


def _followed(course: _Course, body: str) -> None:
    reader = SseReader(None)
    reader.feed(body.encode(), 0.0)
    for event in reader.events:
        course.started |= event.event == "started"
        if event.event in {"end", "error"}:
            course.end = event.event, _object(event.data)


def _outcome(name: str, data: Mapping[str, Any]) -> str:
    if name == "error":
        return str(data.get("code"))
    return "canceled" if data.get("finish_reason") == "canceled" else "end"


def _tokens(data: Mapping[str, Any]) -> int:
    tokens = data.get("tokens_out")
    return tokens if isinstance(tokens, int) else 0


def _object(text: Any) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _header(record: Mapping[str, Any], name: str) -> str:
    pairs = record.get("response_headers", ())
    return next((str(value) for key, value in pairs if str(key).lower() == name), "")
