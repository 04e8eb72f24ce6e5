"""The reports that other tools read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from orchqueue.cli import cli
from orchqueue.report import conformance, ctrf, sarif, write_reports
from orchqueue_contract import DIGESTS


@pytest.fixture
def folder(run: Any, tmp_path: Path) -> Path:
    write_reports(run.summary, replace(run.info, digests=DIGESTS), tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["report", *map(str, arguments)])
    return result.exit_code, " ".join(result.output.split())


def test_ctrf_counts_what_it_lists(run: Any) -> None:
    results = json.loads(ctrf.text(run.summary, run.info))["results"]
    statuses = [test["status"] for test in results["tests"]]
    summary = results["summary"]
    assert (
        summary["tests"]
        == len(statuses)
        == sum(summary[name] for name in ("passed", "failed", "skipped", "pending", "other"))
    )
    assert (summary["failed"], statuses.count("failed")) == (len(run.summary.failures),) * 2
    assert {test["suite"] for test in results["tests"]} == {"OC-CTRL", "OC-POLICY"}
    assert summary["stop"] >= summary["start"] > 10**12


def test_sarif_names_a_rule_for_each_requirement_and_a_result_for_what_does_not_hold(run: Any) -> None:
    document = json.loads(sarif.text(run.summary, run.info))
    (one,) = document["runs"]
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert rules == [judgement.requirement.id for judgement in run.summary.judgements]
    errors = {result["ruleId"] for result in one["results"] if result["level"] == "error"}
    assert errors == {judgement.requirement.id for judgement in run.summary.failures}
    for result in one["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == ".specs/20.md"
    assert one["invocations"][0]["exitCode"] == 1


def test_a_conformance_report_says_what_each_profile_came_to(folder: Path) -> None:
    report = yaml.safe_load((folder / "conformance.yaml").read_text(encoding="utf-8"))
    Draft202012Validator(conformance.SCHEMA).validate(report)
    assert report["result"] == "failure"
    core = next(profile for profile in report["profiles"] if profile["name"] == "core")
    assert (core["claimed"], core["result"]) == (True, "failure")
    rows = (folder / "results.jsonl").read_text(encoding="utf-8").split("\n")
    assert sum(report["statistics"].values()) == len([row for row in rows if row])


def test_a_report_that_was_left_alone_agrees(folder: Path) -> None:
    status, said = invoke("verify", folder / "conformance.yaml")
    assert status == 0
    assert "agrees with its record" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("results.jsonl", '"verdict": "fail"', '"verdict": "pass"', "digests/results"),
        ("conformance.yaml", "\nstatistics:\n", "\nstatistics:\n  flaky: 7\n", "statistics"),
        ("conformance.yaml", "    pass: 2\n", "    pass: 3\n", "profiles/core"),
        ("conformance.yaml", "openapi: ", "openapi: f", "digests/contract/openapi"),
        ("conformance.yaml", "kind: ConformanceReport", "kind: Another", "kind"),
        ("conformance.yaml", "result: failure", "result: fine", "result"),
        ("conformance.yaml", "result: failure", "result: success", "result"),
        ("conformance.yaml", "suite: ", "suite: '" + "0" * 64 + "' #", "digests/suite"),
    ],
)
def test_a_report_that_was_changed_is_found_out(
    folder: Path, file: str, old: str, new: str, where: str
) -> None:
    change(folder / file, old, new)
    status, said = invoke("verify", folder / "conformance.yaml")
    assert status == 1
    assert f"{where}:" in said.replace(" ", "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[1: {"])
def test_what_is_no_report_is_told_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "conformance.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(conformance.ReportError, match=r"cannot be read|is no"):
        conformance.check(path)


def test_two_runs_are_compared(folder: Path, run: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_reports(run.summary, run.info, other)
    assert invoke("compare", folder, other) == (0, "0 differ, 0 of them held before and do not any more")
    change(other / "results.jsonl", '"verdict": "pass"', '"verdict": "fail"')
    status, said = invoke("compare", folder, other / "results.jsonl")
    assert status == 1
    assert said.startswith("OC-CTRL-2011 pass → fail A full queue says when")
    assert invoke("compare", other, folder)[0] == 0


def test_a_record_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text("{}\n")
    result = CliRunner().invoke(cli, ["report", "compare", str(tmp_path), str(tmp_path)])
    assert isinstance(result.exception, conformance.ReportError)
    assert "is no record of a run" in str(result.exception)
