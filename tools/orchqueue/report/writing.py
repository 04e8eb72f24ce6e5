"""Writes the reports of a run into a folder, each file as a whole."""

from pathlib import Path

from orchqueue.report import conformance, ctrf, junit, record, sarif
from orchqueue.report.page import page
from orchqueue.verify.session import RunInfo
from orchqueue.verify.verdicts import Summary


def write_reports(summary: Summary, info: RunInfo, folder: Path) -> None:
    """Write `results.jsonl`, from which `conformance.yaml`, and `ctrf.json`, `junit.xml`, `sarif.json` and
    `index.html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results = record.lines(summary.judgements)
    write(folder / conformance.RESULTS, results)
    write(folder / conformance.FILE, conformance.text(summary, info, results))
    write(folder / "ctrf.json", ctrf.text(summary, info))
    write(folder / "sarif.json", sarif.text(summary, info))
    write(folder / "junit.xml", junit.xml(summary, info))
    write(folder / "index.html", page(summary, info))


def write(path: Path, text: str) -> None:
    """Put text in the place of a file, in one step."""
    temporary = path.with_name(f"{path.name}.new")
    # A lone surrogate, which JSON may carry, has no UTF-8: it is shown as its escape.
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    temporary.replace(path)
