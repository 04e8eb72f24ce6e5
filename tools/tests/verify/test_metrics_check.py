from types import MappingProxyType

import pytest

from orchqueue.kit.metrics import Contract
from orchqueue.verify import metrics_check
from orchqueue.verify.evidence import Outcome, ScrapeRecord
from orchqueue_contract.metrics import LabelSpec, SeriesSpec

PLAIN = "text/plain; version=0.0.4"


def series(name: str, kind: str, requirement: str, profile: str = "core") -> SeriesSpec:
    return SeriesSpec(
        name,
        kind,
        "help",
        None,
        ("pool_id",),
        MappingProxyType({}),
        profile,
        (requirement,),
        None,
        None,
        None,
    )


CONTRACT = Contract(
    series={
        "tasks_total": series("tasks_total", "counter", "OC-TASKS"),
        "queue_depth": series("queue_depth", "gauge", "OC-QUEUE"),
        "sessions": series("sessions", "gauge", "OC-SESSIONS", "sessions"),
    },
    labels={"pool_id": LabelSpec("pool_id", 2, ())},
    buckets_ms=(1.0,),
    outside_budget=("none", "other"),
)


def text(total: float = 1, *, depth: str = 'queue_depth{pool_id="a"} 0') -> str:
    return (
        "# HELP tasks_total help\n# TYPE tasks_total counter\n"
        f'tasks_total{{pool_id="a"}} {total}\n'
        f"# HELP queue_depth help\n# TYPE queue_depth gauge\n{depth}\n"
    )


def scrape(body: str, server: str = "standard") -> ScrapeRecord:
    return ScrapeRecord(server, "features/metrics.feature:3", body, PLAIN)


def outcomes(*scrapes: ScrapeRecord) -> dict[str, Outcome]:
    look, _ = metrics_check.look(scrapes, CONTRACT, ["core"])
    return {check.id: check.outcome for check in look.checks("metrics", "scrapes")}


def test_what_was_seen_without_a_finding_passes() -> None:
    assert outcomes(scrape(text())) == dict.fromkeys(
        ["OC-TASKS", "OC-QUEUE", "OC-METRICS-7104", "OC-METRICS-7105", "OC-CTRL-2051", "ORCH-3028"],
        Outcome.PASS,
    )


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (text(depth='queue_depth{engine="a"} 0'), {"OC-QUEUE"}),
        (text(depth='queue_depth{pool_id="a"} 0\nqueue_depth{pool_id="a"} 0'), {"OC-METRICS-7104"}),
        (
            '# HELP tasks_total help\n# TYPE tasks_total counter\ntasks_total{pool_id="a"} 1\n',
            {"OC-QUEUE", "OC-METRICS-7105", "OC-CTRL-2051", "ORCH-3028"},
        ),
        (text().replace("# HELP queue_depth help\n", ""), {"OC-METRICS-7105"}),
    ],
)
def test_a_finding_fails_those_whom_it_concerns(body: str, failed: set[str]) -> None:
    found = outcomes(scrape(body))
    assert {identifier for identifier, outcome in found.items() if outcome is Outcome.FAIL} == failed


def test_a_counter_that_falls_between_scrapes_of_one_server_is_found() -> None:
    assert outcomes(scrape(text(2)), scrape(text(1)))["OC-METRICS-7101"] is Outcome.FAIL
    assert "OC-METRICS-7101" not in outcomes(scrape(text(2)), scrape(text(1), "another"))


def test_a_scrape_that_does_not_parse_is_a_problem_and_a_finding() -> None:
    look, problems = metrics_check.look([scrape("tasks_total{ 1\n")], CONTRACT, ["core"])
    assert len(problems) == 1
    assert "standard in features/metrics.feature:3 does not parse: line 1" in problems[0]
    assert "OC-METRICS-7104" in {identifier for finding in look.findings for identifier in finding.ids}


def test_a_profile_that_a_server_leaves_off_is_not_exported_by_it() -> None:
    def found(off: tuple[str, ...]) -> dict[str, Outcome]:
        record = ScrapeRecord("standard", "features/metrics.feature:3", text(), PLAIN, off)
        look, _ = metrics_check.look([record], CONTRACT, ["core", "sessions"])
        return {check.id: check.outcome for check in look.checks("metrics", "scrapes")}

    assert found(())["OC-SESSIONS"] is Outcome.FAIL
    assert "OC-SESSIONS" not in found(("sessions",))
