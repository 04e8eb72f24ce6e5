import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from orchqueue.report import junit, record, write_reports


def test_there_is_a_record_for_each_requirement(run: Any) -> None:
    records = [json.loads(line) for line in record.lines(run.summary.judgements).splitlines()]
    assert [(each["id"], each["verdict"], each["level"], each["profile"]) for each in records[:2]] == [
        ("OC-CTRL-2011", "pass", "MUST", "core"),
        ("OC-CTRL-2012", "fail", "MUST", "core"),
    ]
    assert records[1]["source"] == ".specs/20.md#OC-CTRL-2012"
    evidence = records[1]["checks"][0]["evidence"][0]
    assert evidence["curl"].startswith("curl ")
    assert evidence["events"][0]["event"] == "started"
    assert records[2]["stale"] is True


def test_junit_has_a_case_for_each_requirement_and_a_failure_for_what_counts(run: Any) -> None:
    root = ElementTree.fromstring(junit.xml(run.summary, run.info))
    cases = {case.get("name", "")[:14].split()[0]: case for case in root.iter("testcase")}
    assert len(list(root.iter("testcase"))) == 6
    assert [name for name, case in cases.items() if case.find("failure") is not None] == [
        "OC-CTRL-2012",
        "OC-CTRL-2013",
        "a",
    ]
    assert [name for name, case in cases.items() if case.find("skipped") is not None] == [
        "OC-CTRL-2014",
        "OC-POLICY-4001",
    ]
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "3", "2")
    assert cases["OC-CTRL-2012"].get("time") == "0.500"


def test_reports_are_written_whole(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    write_reports(run.summary, run.info, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "conformance.yaml",
        "ctrf.json",
        "index.html",
        "junit.xml",
        "results.jsonl",
        "sarif.json",
    ]
    assert ElementTree.parse(folder / "junit.xml").getroot().tag == "testsuites"
    lines = (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 5
