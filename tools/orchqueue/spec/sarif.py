"""Findings as SARIF 2.1.0, which code hosts show beside the lines they are about."""

import json
from collections.abc import Sequence
from importlib.metadata import version

from orchqueue.spec.finding import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(findings: Sequence[Finding]) -> str:
    """One run with one result for each finding."""
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "orchqueue",
        "version": version("orchqueue"),
        "rules": [{"id": rule} for rule in rules],
    }
    results = [_result(finding, rules.index(finding.rule)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return (
        json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _result(finding: Finding, rule: int) -> dict[str, object]:
    location = {"artifactLocation": {"uri": finding.file}, "region": {"startLine": finding.line}}
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": location}],
    }
