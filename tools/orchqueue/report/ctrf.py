"""CTRF (Common Test Report Format, specVersion 0.0.0): JSON that dashboards of tests read."""

import json
from datetime import datetime
from typing import Any

from orchqueue.report.outcome import Outcome, outcome
from orchqueue.verify.session import RunInfo
from orchqueue.verify.summary_text import family
from orchqueue.verify.verdicts import Judgement, Summary, Verdict

_STATUSES = ("passed", "failed", "skipped", "pending", "other")
_STATUS = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.OTHER: "skipped"}


def text(summary: Summary, info: RunInfo) -> str:
    """Write the run: a test for each requirement."""
    tests = [_test(judgement, summary) for judgement in summary.judgements]
    start_ms = round(datetime.fromisoformat(info.started).timestamp() * 1000)
    statuses = [test["status"] for test in tests]
    counts = {
        status: statuses.count(status) for status in ("passed", "failed", "skipped", "pending", "other")
    }
    report = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "orchqueue"},
            "summary": {
                "tests": len(tests),
                **counts,
                "start": start_ms,
                "stop": start_ms + round(info.seconds * 1000),
            },
            "tests": tests,
            "environment": {"appName": info.target, "extra": {"seed": info.seed}},
        },
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _test(judgement: Judgement, summary: Summary) -> dict[str, Any]:
    requirement = judgement.requirement
    told = {
        "name": f"{requirement.id} {requirement.title}",
        "status": _STATUS[outcome(judgement, summary)],
        "duration": round(sum(check.seconds for check in judgement.checks) * 1000),
        "suite": family(requirement.id),
        "rawStatus": str(judgement.verdict),
        "tags": [requirement.level, requirement.profile],
        "filePath": requirement.source.partition("#")[0],
        "flaky": judgement.verdict is Verdict.FLAKY,
    }
    return told | ({"message": judgement.reason} if judgement.reason else {})
