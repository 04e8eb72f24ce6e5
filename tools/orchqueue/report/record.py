"""The record of a run as data: one object for each requirement, the source of every other report."""

import json
from collections.abc import Iterable
from typing import Any

from orchqueue.verify.verdicts import Check, Judgement


def records(judgements: Iterable[Judgement]) -> list[dict[str, Any]]:
    """Give one record for each requirement, in order of ID."""
    return [record(judgement) for judgement in judgements]


def record(judgement: Judgement) -> dict[str, Any]:
    """Give a verdict with its requirement and all that it rests on.

    Keys: `id verdict level profile subject title text revision source checked_by reason stale checks`, each
    check with `kind name outcome detail seconds evidence`; evidence as in a `ScenarioRecord`'s exchanges.
    """
    requirement = judgement.requirement
    return {
        "id": requirement.id,
        "verdict": str(judgement.verdict),
        "level": requirement.level,
        "profile": requirement.profile,
        "subject": requirement.subject,
        "title": requirement.title,
        "text": requirement.text,
        "revision": requirement.revision,
        "source": requirement.source,
        "checked_by": list(requirement.checked_by),
        "reason": judgement.reason,
        "stale": judgement.stale,
        "checks": [_check(check) for check in judgement.checks],
    }


def lines(judgements: Iterable[Judgement]) -> str:
    """Write the records as JSON, one a line."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records(judgements))


def _check(check: Check) -> dict[str, Any]:
    return {
        "kind": check.kind,
        "name": check.name,
        "outcome": str(check.outcome),
        "detail": check.detail,
        "seconds": check.seconds,
        "evidence": list(check.evidence),
    }
