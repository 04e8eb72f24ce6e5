"""Log lines and series as such: their form, their budgets, and that reading changes nothing."""

import asyncio
import gc
import json
import logging
from datetime import UTC, datetime

import pytest
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from orchestratord.logs import LibraryHandler, Log, loop_defects
from orchestratord.metrics import GaugeSample, Metrics
from orchqueue_contract.metrics import LABELS, SERIES


@pytest.fixture
def lines() -> list[bytes]:
    return []


@pytest.fixture
def log(lines) -> Log:
    return Log(lines.append, "info", "boot", now=lambda: datetime(2026, 1, 2, 3, 4, 5, 6000, UTC))


@pytest.mark.requirement("OC-OPS-8002")
def test_a_line_is_one_json_object(log, lines) -> None:
    log.line("info", "task.admitted", "corr", job_id="j\n1", replica_id=None)
    log.line("warning", "server.hot")
    log.line("debug", "unheard")
    assert [line.count(b"\n") for line in lines] == [1, 1]
    assert json.loads(lines[0]) == {
        "ts": "2026-01-02T03:04:05.006+00:00",
        "level": "info",
        "event": "task.admitted",
        "correlation_id": "corr",
        "job_id": "j\n1",
    }
    assert json.loads(lines[1])["correlation_id"] == "boot"


@pytest.mark.requirement("OC-OPS-8002")
def test_what_libraries_log_becomes_lines_without_the_text_of_exceptions(log, lines) -> None:
    def fail() -> None:
        raise ValueError("SECRET")

    logger = logging.getLogger("lib")
    logger.addHandler(handler := LibraryHandler(log))
    try:
        fail()
    except ValueError:
        logger.exception("it failed")
    finally:
        logger.removeHandler(handler)
    line = json.loads(lines[0])
    assert (line["level"], line["event"], line["message"], line["error_type"]) == (
        "error",
        "library.lib",
        "it failed",
        "ValueError",
    )
    assert b"SECRET" not in lines[0]


@pytest.mark.requirement("OC-CTRL-2041")
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_the_loop_finds_wrong_becomes_lines_without_what_was_handled(log, lines, new_loop) -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    async def fail_later(text: str) -> None:
        fail(text)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(loop_defects(log))
        loop.call_soon(fail, "SECRET")
        task = loop.create_task(fail_later("SECRET"))
        await asyncio.wait([task])
        del task
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run())
    gc.collect()
    told = [json.loads(line) for line in lines]
    assert [(one["level"], one["event"], one["error_type"]) for one in told] == [
        ("error", "loop.defect", "ValueError")
    ] * 2
    assert {one["message"] for one in told} == {"Exception in callback", "Task exception was never retrieved"}
    assert all("fail" in one["trace"][-1] for one in told)
    assert b"SECRET" not in b"".join(lines)


def metrics(*samples: GaugeSample, overflowed=None) -> Metrics:
    return Metrics(("core",), lambda: samples, overflowed or (lambda label, budget: None))


@pytest.mark.requirement("OC-METRICS-7105")
def test_every_family_is_announced_and_no_other() -> None:
    text = metrics().exposition("")[0].decode()
    families = {family.name for family in text_string_to_metric_families(text)}
    assert families == {
        name.removesuffix("_total") for name, spec in SERIES.items() if spec.profile == "core"
    }
    for name in SERIES:
        if SERIES[name].profile == "core":
            assert f"# HELP {name} " in text
            assert f"# TYPE {name} {SERIES[name].type}" in text


@pytest.mark.requirement("OC-METRICS-7103")
def test_reading_changes_nothing() -> None:
    one = metrics(GaugeSample("pool_ready", ("p",), 1))
    one.count("tasks_rejected_total", ("llamacpp", "INTERNAL"))
    one.observe("queue_wait_ms", ("llamacpp", None, "p", "batch"), 3)
    assert one.exposition("") == one.exposition("")


@pytest.mark.requirement("OC-METRICS-7102")
def test_a_value_past_its_budget_becomes_other_and_is_told_once() -> None:
    told: list[tuple[str, int]] = []
    one = metrics(overflowed=lambda label, budget: told.append((label, budget)))
    budget = LABELS["engine_version"].budget
    for number in range(budget + 3):
        one.count("tasks_enqueued_total", ("llamacpp", f"v{number}", "p", "batch"))
    one.count("tasks_enqueued_total", ("llamacpp", None, "p", "batch"))
    text = one.exposition("")[0].decode()
    samples = [line for line in text.splitlines() if line.startswith("tasks_enqueued_total{")]
    assert len(samples) == budget + 2
    assert sum('engine_version="other"' in line and line.endswith(" 3.0") for line in samples) == 1
    assert sum('engine_version="none"' in line for line in samples) == 1
    assert told == [("engine_version", budget)]


def test_what_overflows_is_not_remembered_one_by_one() -> None:
    one = metrics()
    for number in range(LABELS["engine_version"].budget + 1000):
        one.count("tasks_enqueued_total", ("llamacpp", f"v{number}", "p", "batch"))
        one.observe("queue_wait_ms", ("llamacpp", f"v{number}", "p", "batch"), 1)
    assert max(len(one._counters), len(one._histograms)) <= LABELS["engine_version"].budget


TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.requirement("OC-CTRL-2051")
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/plain;version=9.9.9", TEXT),
        ("text/plain, application/openmetrics-text;q=0.5", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text; version=1.0.0", OPEN),
        ("APPLICATION/OpenMetrics-Text;Q=0.9, text/plain; q=0.8", OPEN),
        (PROMETHEUS, OPEN),
        # What nobody could mean is no reason to fail.
        ("application/openmetrics-text; version=abc", OPEN),
        ("application/openmetrics-text; version=2.0.0; escaping=none", OPEN),
        ("application/openmetrics-text; q=nan", OPEN),
        ("application/openmetrics-text; q=", OPEN),
        (";;;===,,,;q", TEXT),
        ("\xff\xfe", TEXT),
    ],
)
def test_the_format_that_is_asked_for(accept, content_type) -> None:
    body, found = metrics().exposition(accept)
    assert found == content_type
    assert body.endswith(b"# EOF\n") is (content_type == OPEN)
