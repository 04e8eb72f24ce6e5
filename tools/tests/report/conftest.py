"""A judged run by hand, in which a server has answered with whatever might break a report."""

from dataclasses import dataclass
from typing import Any

import pytest

from orchqueue.verify.evidence import Claims, Outcome
from orchqueue.verify.session import RunInfo
from orchqueue.verify.verdicts import Check, Circumstances, Summary, judge, summarise
from orchqueue_contract.requirement_ids import Requirement

HOSTILE = """</script></style></pre><img src=x onerror=alert(1)>"'&\x00\x1b[31m\ud800"""

EXCHANGE: dict[str, Any] = {
    "method": "GET",
    "url": f"http://127.0.0.1:1/v1/tasks/{HOSTILE}",
    "status": 200,
    "headers": [["X-Correlation-Id", HOSTILE]],
    "request_body": HOSTILE,
    "body": HOSTILE,
    "curl": f"curl {HOSTILE}",
    "ms": 12.5,
    "events": [
        {"ms": 1.5, "id": "0", "event": "started", "data": "{}"},
        {"ms": 11.5, "id": None, "event": HOSTILE, "data": HOSTILE},
    ],
    "events_left_out": 3,
    "findings": [HOSTILE],
}


@dataclass(frozen=True)
class Run:
    summary: Summary
    info: RunInfo


def requirement(identifier: str, **changes: Any) -> Requirement:
    fields: dict[str, Any] = {
        "id": identifier,
        "title": "A full queue says when",
        "text": "The server MUST answer 429 < 500.",
        "level": "MUST",
        "subject": "server",
        "profile": "core",
        "revision": "ab12",
        "source": f".specs/20.md#{identifier}",
        "refines": ("ORCH-2007",),
        "checked_by": ("behave",),
        "excluded": None,
        "withdrawn": None,
    }
    return Requirement(**{**fields, **changes})


@pytest.fixture
def run() -> Run:
    requirements = {
        "OC-CTRL-2011": requirement("OC-CTRL-2011"),
        "OC-CTRL-2012": requirement("OC-CTRL-2012"),
        "OC-CTRL-2013": requirement("OC-CTRL-2013"),
        "OC-CTRL-2014": requirement("OC-CTRL-2014", level="SHOULD"),
        "OC-POLICY-4001": requirement("OC-POLICY-4001", profile="policy"),
    }
    checks = [
        Check("behave", "OC-CTRL-2011", "features/a.feature:3 passes", Outcome.PASS, seconds=0.25),
        Check("behave", "OC-CTRL-2012", HOSTILE, Outcome.FAIL, HOSTILE, 0.5, (EXCHANGE,)),
        Check("behave", "OC-CTRL-2013", "features/a.feature:9 passes", Outcome.PASS),
        Check("behave", "OC-CTRL-2014", "features/a.feature:12 fails", Outcome.FAIL),
    ]
    circumstances = Circumstances(claims=frozenset({"core"}), bundled=True)
    judgements = judge(requirements, checks, {"OC-CTRL-2013": "later"}, circumstances)
    summary = summarise(requirements, judgements, [f"a problem {HOSTILE}"], ["sessions"], circumstances)
    claims = Claims(200, ("core", HOSTILE), "1.0.0")
    info = RunInfo(
        HOSTILE,
        f"orchqueue verify --target-cmd {HOSTILE}",
        7,
        "2026-11-20T10:00:00+00:00",
        1.5,
        3,
        4,
        claims,
        {"openapi": "ab" * 32},
        {"OC-CTRL-2011": ("header:Backpressure.Retry-After", HOSTILE)},
    )
    return Run(summary, info)
