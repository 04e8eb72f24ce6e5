"""JUnit XML: a test case for each requirement, for CI systems that show nothing else."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from orchqueue.verify.session import RunInfo
from orchqueue.verify.summary_text import family
from orchqueue.verify.verdicts import Judgement, Summary, Verdict, counts_against

# What XML 1.0 cannot hold at all, not even escaped; answers of a server may hold it.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(summary: Summary, info: RunInfo) -> str:
    """Write the run. What turns the exit code is a failure; all else that is not a pass is skipped."""
    by_family: dict[str, list[Judgement]] = {}
    for judgement in summary.judgements:
        by_family.setdefault(family(judgement.requirement.id), []).append(judgement)
    root = Element("testsuites", name=f"orchqueue verify {_safe(info.target)}", time=str(info.seconds))
    for name, members in sorted(by_family.items()):
        suite = SubElement(root, "testsuite", name=name, timestamp=info.started)
        for judgement in members:
            _case(suite, judgement, summary)
        _count(suite)
    if summary.problems or summary.over_claimed:
        _count(_problems(root, summary))
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, judgement: Judgement, summary: Summary) -> None:
    requirement = judgement.requirement
    seconds = sum(check.seconds for check in judgement.checks)
    case = SubElement(
        suite,
        "testcase",
        classname=family(requirement.id),
        name=f"{requirement.id} {requirement.title}",
        time=f"{seconds:.3f}",
    )
    if counts_against(judgement, summary.circumstances):
        kind = "stale" if judgement.stale else str(judgement.verdict)
        failure = SubElement(case, "failure", type=kind, message=_safe(judgement.reason))
        details = (f"{check.kind} {check.name}: {check.outcome} {check.detail}" for check in judgement.checks)
        failure.text = _safe("\n".join([requirement.text, requirement.source, *details]))
    elif judgement.verdict is not Verdict.PASS:
        SubElement(case, "skipped", message=_safe(f"{judgement.verdict}: {judgement.reason}"))


def _problems(root: Element, summary: Summary) -> Element:
    suite = SubElement(root, "testsuite", name="the run itself")
    claims = [f"over-claimed {profile}: nothing of it holds" for profile in summary.over_claimed]
    for problem in (*summary.problems, *claims):
        case = SubElement(suite, "testcase", classname="run", name=_safe(problem)[:120], time="0")
        SubElement(case, "failure", type="problem", message=_safe(problem))
    return suite


def _count(element: Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("skipped", str(len(list(element.iter("skipped")))))


def _safe(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)
