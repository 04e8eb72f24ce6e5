import json
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import evidence
from orchqueue.verify.errors import EvidenceError
from orchqueue.verify.evidence import Outcome

SCENARIO: dict[str, Any] = {
    "kind": "behave",
    "feature": "features/a.feature",
    "line": 3,
    "name": "a",
    "ids": ["OC-CTRL-2011"],
    "pins": {"OC-CTRL-2011": "ab12"},
    "status": "not-testable",
    "seconds": 0.1,
    "message": "the queue was not full",
    "exchanges": [{"method": "GET"}],
}
EXCHANGE: dict[str, Any] = {
    "scenario": "features/a.feature:3",
    "server": "standard",
    "method": "GET",
    "path": "/metrics",
    "query": "",
    "request_headers": [["Host", "x"]],
    "request_body": "",
    "status": 200,
    "response_headers": [["Content-Type", "text/plain"]],
    "response_body": "",
    "started_ms": 1.5,
    "headers_ms": 2.0,
    "finished_ms": 2.0,
    "raw": False,
}


def write(path: Path, *records: Any) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def test_records_are_read_back(tmp_path: Path) -> None:
    write(tmp_path / evidence.BEHAVE_FILE, SCENARIO)
    write(tmp_path / evidence.EXCHANGES_FILE, EXCHANGE)
    write(
        tmp_path / evidence.SCRAPES_FILE, {"server": "s", "scenario": "a:1", "text": "", "content_type": "t"}
    )
    (tmp_path / evidence.CLAIMS_FILE).write_text(
        '{"status": 200, "profiles": ["core"], "api_version": "1.0.0"}'
    )
    assert evidence.scenarios(tmp_path)[0].status is Outcome.NOT_TESTABLE
    assert evidence.scenarios(tmp_path)[0].place == "features/a.feature:3"
    assert evidence.exchanges(tmp_path)[0].header("content-type") == "text/plain"
    assert evidence.exchanges(tmp_path)[0].request_header("HOST") == "x"
    assert evidence.scrapes(tmp_path)[0].server == "s"
    assert evidence.claims(tmp_path).profiles == ("core",)


def test_a_file_of_checks_that_is_not_there_holds_no_record(tmp_path: Path) -> None:
    assert evidence.checks(tmp_path / "checks.jsonl") == []


def test_checks_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "checks.jsonl"
    write(
        path,
        {"kind": "unit", "id": "OC-TEST-7013", "name": "t", "status": "pass", "detail": "", "by": "pytest"},
    )
    assert evidence.checks(path)[0].status is Outcome.PASS


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "behave"',
        "[]",
        "7",
        json.dumps({**SCENARIO, "status": "splendid"}),
        json.dumps({key: value for key, value in SCENARIO.items() if key != "ids"}),
        json.dumps({**SCENARIO, "colour": "green"}),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_with_its_place(line: str, tmp_path: Path) -> None:
    path = tmp_path / evidence.BEHAVE_FILE
    path.write_text(json.dumps(SCENARIO) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=f"{path}:2"):
        evidence.scenarios(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"status": 200}', '{"status": 200, "profiles": [], "x": 1}']
)
def test_claims_that_cannot_be_read_are_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / evidence.CLAIMS_FILE).write_text(text)
    with pytest.raises(EvidenceError, match=evidence.CLAIMS_FILE):
        evidence.claims(tmp_path)


def test_evidence_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        evidence.exchanges(tmp_path)
