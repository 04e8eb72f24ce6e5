"""SARIF 2.1.0: what does not hold, as code hosts show it, each at its requirement's place in the specs."""

import json
from typing import Any

from orchqueue.report.outcome import Outcome, outcome
from orchqueue.verify.session import RunInfo
from orchqueue.verify.verdicts import Judgement, Summary, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SILENT = frozenset({Verdict.PASS, Verdict.NOT_CLAIMED, Verdict.PROJECT, Verdict.EXCLUDED})


def text(summary: Summary, info: RunInfo) -> str:
    """Write the run: a rule for each requirement, a result for each that does not hold."""
    rules = [_rule(judgement) for judgement in summary.judgements]
    results = [
        _result(judgement, number, summary)
        for number, judgement in enumerate(summary.judgements)
        if judgement.verdict not in _SILENT or judgement.stale
    ]
    claims = [f"over-claimed {profile}: nothing of it holds" for profile in summary.over_claimed]
    notes = [{"level": "error", "message": {"text": problem}} for problem in (*summary.problems, *claims)]
    run = {
        "tool": {"driver": {"name": "orchqueue", "rules": rules}},
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": summary.exit_code,
                "startTimeUtc": info.started.replace("+00:00", "Z"),
                "toolExecutionNotifications": notes,
            }
        ],
        "properties": {"target": info.target, "seed": info.seed},
        "results": results,
    }
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _rule(judgement: Judgement) -> dict[str, Any]:
    requirement = judgement.requirement
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "fullDescription": {"text": requirement.text},
        "properties": {"tags": [requirement.level, requirement.profile]},
    }


def _result(judgement: Judgement, rule: int, summary: Summary) -> dict[str, Any]:
    requirement = judgement.requirement
    failed = outcome(judgement, summary) is Outcome.FAILED
    verdict = "stale" if judgement.stale else str(judgement.verdict)
    return {
        "ruleId": requirement.id,
        "ruleIndex": rule,
        "level": "error" if failed else "note",
        "message": {"text": f"{verdict}: {judgement.reason or requirement.title}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": requirement.source.partition("#")[0]}},
                "logicalLocations": [{"name": requirement.id, "kind": "requirement"}],
            }
        ],
        "partialFingerprints": {"requirement/v1": f"{requirement.id}/{verdict}"},
    }
