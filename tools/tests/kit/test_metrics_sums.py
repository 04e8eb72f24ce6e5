"""Two scrapes with the requests between them: counters move by just what was asked for."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchqueue.kit import Client, parse_exposition
from orchqueue.kit.metrics.command import metrics_lint
from orchqueue.kit.metrics.sums import RequestsError, read_requests, wrong_sums
from orchqueue.kit.target import ReferenceTarget
from orchqueue_contract.metrics import SERIES

KEY = "a-key-for-both-scopes"
MEASURED = {row.profile for row in SERIES.values()}
NEW = "# HELP tasks_enqueued_total x\n# TYPE tasks_enqueued_total counter\n"


def task(**fields: Any) -> dict[str, Any]:
    own = {
        "task_id": str(uuid.uuid4()),
        "session_id": str(uuid.uuid4()),
        "workload": "completion",
        "model_ref": "any",
        "engine": "llamacpp",
        "ctx": 0,
        "priority": "interactive",
        "deadline_ms": 60000,
        "prompt": "Queues.",
        "max_tokens": 3,
    }
    return {**own, **fields}


def record(
    status: int, body: Any, answer: Any, path: str = "/v1/tasks", method: str = "POST"
) -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "status": status,
        "request_body": json.dumps(body),
        "response_body": answer if isinstance(answer, str) else json.dumps(answer),
    }


def scrape(count: int) -> Any:
    labels = 'engine="llamacpp",engine_version="b1",pool_id="p",priority="interactive"'
    return parse_exposition(f"{NEW}tasks_enqueued_total{{{labels}}} {count}\n")


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `before`, `after` and `requests` of a server that ran, refused and cancelled tasks."""
    folder = tmp_path_factory.mktemp("observed")
    server = ReferenceTarget(folder).launch({}, "observed", env={"ORCHESTRATORD_API_KEY": KEY})
    try:
        server.wait_ready(["default"])
        client, asked = Client(server.url, KEY), []
        claimed = client.get("/v1/capabilities").json()["profiles"]
        (folder / "profiles").write_text(" ".join(sorted({"core", *claimed} & MEASURED)))
        scrapes = Client(server.url)
        (folder / "before").write_text(scrapes.get("/metrics").text)
        bodies = [task(), task(priority="batch"), task(max_tokens=500)]
        for body in bodies:
            asked.append(client.post("/v1/tasks", json=body))
        asked.append(client.post("/v1/tasks", json=bodies[0]))
        asked.append(client.post("/v1/tasks", json=task(max_tokens=10**9)))
        asked.append(client.post("/v1/tasks", json=task(deadline_ms=0)))
        asked.append(client.post(f"/v1/tasks/{bodies[2]['task_id']}/cancel"))
        asked += [client.get(f"/v1/tasks/{body['task_id']}/stream") for body in bodies]
        (folder / "after").write_text(scrapes.get("/metrics").text)
        lines = [json.dumps(exchange.to_record()) for exchange in asked]
        (folder / "requests").write_text("\n".join(lines) + "\n")
        yield folder
    finally:
        server.stop()


def linted(folder: Path, *options: str, after: str = "after") -> tuple[int, str]:
    claimed = (folder / "profiles").read_text().split()
    profiles = [word for profile in claimed for word in ("--profile", profile)]
    files = [str(folder / "before"), str(folder / after), "--requests", str(folder / "requests")]
    result = CliRunner().invoke(metrics_lint, [*files, *profiles, *options])
    return result.exit_code, result.output


def test_a_server_that_counts_right_has_no_finding(observed: Path) -> None:
    assert linted(observed) == (0, "0 findings\n")


def test_the_rules_of_the_repository_say_the_same(observed: Path) -> None:
    rules = Path(__file__).parents[3] / "ci" / "metrics.lint.json"
    assert linted(observed, "--rules", str(rules)) == (0, "0 findings\n")


@pytest.mark.parametrize(
    ("series", "label"),
    [
        ("tasks_enqueued_total", 'priority="batch"'),
        ("tasks_finished_total", 'outcome="canceled"'),
        ("tasks_started_total", 'priority="interactive"'),
        ("tasks_canceled_total", 'reason="client"'),
        ("tasks_rejected_total", 'reason="DEADLINE_UNMET"'),
        ("tokens_out_total", ""),
    ],
)
def test_a_wrong_sum_is_found(observed: Path, series: str, label: str) -> None:
    lines = (observed / "after").read_text().split("\n")
    (at,) = [n for n, line in enumerate(lines) if line.startswith(f"{series}{{") and label in line]
    name, _, value = lines[at].rpartition(" ")
    for moved in (-1, 1):
        lines[at] = f"{name} {float(value) + moved}"
        (observed / "moved").write_text("\n".join(lines))
        code, output = linted(observed, "--json", after="moved")
        if series == "tokens_out_total" and moved > 0:
            continue  # what a cancelled task decoded is known to nobody else exactly
        found = json.loads(output)
        assert code == 1
        assert {row["series"].partition("{")[0] for row in found} == {series}
        assert {tuple(row["requirements"]) for row in found} == {("OC-CORE-1041",)}
        assert {"source", "series", "expected", "got", "requirements"} == set(found[0])


def test_a_task_that_was_not_read_to_its_end_leaves_its_end_open() -> None:
    body = task()
    accepted = record(202, body, {"task_id": body["task_id"], "job_id": "j"})
    assert list(wrong_sums(scrape(0), scrape(1), [accepted])) == []
    (all_, interactive) = wrong_sums(scrape(0), scrape(2), [accepted])
    assert (all_.expected, all_.got) == ("growth by 1", "2")
    assert interactive.series == 'tasks_enqueued_total{priority="interactive"}'


def test_a_task_that_was_given_up_counts_as_refused_and_its_policy_as_used() -> None:
    body = task(priority="batch")
    data = json.dumps({"code": "QUEUE_FULL_DROP_LRU", "policy_label": "drop-lru"})
    stream = f"id: 0\nevent: error\ndata: {data}\n\n"
    asked = [
        record(202, body, {"task_id": body["task_id"], "job_id": "j"}),
        record(200, None, stream, f"/v1/tasks/{body['task_id']}/stream", "GET"),
    ]
    found = {finding.series: finding.expected for finding in wrong_sums(scrape(0), scrape(0), asked)}
    assert found['tasks_rejected_total{reason="QUEUE_FULL_DROP_LRU"}'] == "growth by 1"
    assert found['admission_backpressure_events_total{policy="drop-lru"}'] == "growth by 1"
    assert found['tasks_finished_total{outcome="QUEUE_FULL_DROP_LRU"}'] == "growth by 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "requests:1 is no JSON"),
        ("[]", "requests:1 is no record of a request"),
        ('\n{"method": "GET"}', "requests:2 is no record of a request: path, request_body"),
    ],
)
def test_requests_that_are_none_are_told_by_line(text: str, said: str) -> None:
    with pytest.raises(RequestsError, match=said):
        read_requests(text, "requests")


def test_requests_go_with_two_scrapes(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(NEW)
    (tmp_path / "requests").write_text("")
    result = CliRunner().invoke(
        metrics_lint, [str(tmp_path / "one"), "--requests", str(tmp_path / "requests")]
    )
    assert result.exit_code == 2
    assert "give two" in result.output


@pytest.mark.parametrize("text", ["", "[]", '{"series": {}}', '{"series": {"a": {"colour": 1}}}'])
def test_rules_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules").write_text(text)
    result = CliRunner().invoke(metrics_lint, [str(tmp_path), "--rules", str(tmp_path / "rules")])
    assert "holds no rules for metrics" in str(result.exception)


def test_a_profile_that_no_series_has_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(metrics_lint, [str(tmp_path / "x"), "--profile", "telepathy"])
    assert result.exit_code == 2
    assert "no series has the profile telepathy" in result.output
