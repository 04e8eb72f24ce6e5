"""The summary of a run in 80 columns: verdicts by family, and of each failure why and how to repeat it."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from orchqueue.verify.verdicts import Judgement, Summary, Verdict

WIDTH = 80
EVIDENCE_LINES = 3

_COLUMNS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.NOT_TESTABLE: "untestable",
    Verdict.FLAKY: "flaky",
    Verdict.EXPECTED_FAIL: "expected",
    Verdict.NOT_CLAIMED: "unclaimed",
    Verdict.PROJECT: "project",
    Verdict.EXCLUDED: "excluded",
}


def family(identifier: str) -> str:
    """Give the family of a requirement's ID: all before its number."""
    return identifier.rpartition("-")[0]


def text(summary: Summary, rerun: str) -> str:
    """Write the summary; `rerun` is the command to which `--requirement ID` is added."""
    return "\n".join(
        [
            *_table(summary.judgements),
            "",
            *_failures(summary, rerun),
            *_notes(summary),
            _last(summary),
        ]
    )


def _table(judgements: Iterable[Judgement]) -> Iterator[str]:
    by_family: dict[str, Counter[Verdict]] = {}
    for judgement in judgements:
        by_family.setdefault(family(judgement.requirement.id), Counter())[judgement.verdict] += 1
    yield _row("family", [*_COLUMNS.values(), "all"])
    for name, counts in sorted(by_family.items()):
        yield _counted(name, counts)
    yield _counted("all", sum(by_family.values(), Counter()))


def _counted(name: str, counts: Counter[Verdict]) -> str:
    return _row(name, [*(str(counts[verdict] or ".") for verdict in _COLUMNS), str(counts.total())])


def _row(name: str, cells: Iterable[str]) -> str:
    widths = [*(len(heading) for heading in _COLUMNS.values()), 3]
    return f"{name:<12}" + "".join(f" {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _failures(summary: Summary, rerun: str) -> Iterator[str]:
    for judgement in summary.failures:
        what = "STALE" if judgement.stale else str(judgement.verdict).upper()
        yield f"{what} {judgement.requirement.id} {judgement.requirement.title}"
        yield from _wrapped(judgement.reason)
        yield f"    {rerun} --requirement {judgement.requirement.id}"
        yield ""


def _notes(summary: Summary) -> Iterator[str]:
    failing = {id(judgement) for judgement in summary.failures}
    for judgement in summary.judgements:
        weak = judgement.verdict in {Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.FLAKY}
        if weak and id(judgement) not in failing:
            yield f"{judgement.verdict} {judgement.requirement.id} ({judgement.requirement.level})"
            yield from _wrapped(judgement.reason)
    for problem in summary.problems:
        yield "PROBLEM"
        yield from _wrapped(problem)
    for profile in summary.over_claimed:
        yield f"OVER-CLAIMED {profile}: nothing of this profile holds"
    for profile in summary.under_claimed:
        yield f"under-claimed {profile}: it is served, but not claimed"


def _last(summary: Summary) -> str:
    counts, total = summary.counts, len(summary.judgements)
    if summary.exit_code:
        broken = len(summary.failures) + len(summary.problems) + len(summary.over_claimed)
        return f"{total} requirements judged, {counts[Verdict.PASS]} pass; {broken} against the target"
    return f"{total} requirements judged, {counts[Verdict.PASS]} pass; nothing is against the target"


def _wrapped(told: str) -> list[str]:
    """Wrap to the width, and keep to a few lines; control characters are shown, not sent."""
    safe = "".join(char if char.isprintable() else " " for char in told)
    lines = textwrap.wrap(
        safe,
        WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        max_lines=EVIDENCE_LINES,
        placeholder=" …",
    )
    return lines or ["    (no reason was recorded)"]
