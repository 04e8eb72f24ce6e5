"""What a verdict comes to in formats that know only three ends of a test."""

from enum import Enum

from orchqueue.verify.verdicts import Judgement, Summary, Verdict, counts_against


class Outcome(Enum):
    """How a requirement came off. What turns the exit code has failed; what is neither is told and not
    counted.
    """

    PASSED = "passed"
    FAILED = "failed"
    OTHER = "other"


def outcome(judgement: Judgement, summary: Summary) -> Outcome:
    """The end of one requirement in its run."""
    if counts_against(judgement, summary.circumstances):
        return Outcome.FAILED
    return Outcome.PASSED if judgement.verdict is Verdict.PASS else Outcome.OTHER
