"""Verdicts: what is said of each requirement, drawn from checks alone. Touches no file, clock or network.

Keeps the rules of judging and of the exit code. How checks come about (features, provider, metrics, unit
tests) lives in the modules beside this one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orchqueue.verify.baseline import Baseline
from orchqueue.verify.errors import VerifyError
from orchqueue.verify.evidence import Outcome
from orchqueue_contract.requirement_ids import Requirement

ALWAYS_JUDGED = "core"
WIRE_KINDS = ("behave", "provider", "metrics")


class Verdict(StrEnum):
    """What is said of one requirement; exactly one of these."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NOT_TESTABLE = "not-testable"
    FLAKY = "flaky"
    EXPECTED_FAIL = "expected-fail"
    NOT_CLAIMED = "not-claimed"
    PROJECT = "project"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Check:
    """One check of one requirement: its kind as in `checked by`, where it stands, and what came of it.

    `evidence` is shown in the report: dicts as in `ScenarioRecord.exchanges`.
    """

    kind: str
    id: str
    name: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0
    evidence: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Judgement:
    """The verdict on one requirement with what it rests on.

    `stale` marks a pass that the baseline says must fail.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str
    checks: tuple[Check, ...] = ()
    stale: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What is judged, and how strictly.

    `lenient` forgives what an attached target could not be brought to; `strict_flaky` counts flaky as
    failure; `partial` judges on the checks that a narrowed run made, without asking for those that it left
    out; `selected` judges single requirements, which say nothing of the profiles as wholes.
    """

    claims: Collection[str]
    bundled: bool
    lenient: bool = False
    strict_flaky: bool = False
    partial: bool = False
    selected: bool = False


@dataclass(frozen=True)
class Summary:
    """A judged run: every judgement in order of ID, what else is wrong with the run, and what it comes to."""

    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...] = ()
    over_claimed: tuple[str, ...] = ()
    under_claimed: tuple[str, ...] = ()
    circumstances: Circumstances = field(default_factory=lambda: Circumstances(frozenset(), bundled=False))

    @property
    def counts(self) -> Counter[Verdict]:
        """How often each verdict was given."""
        return Counter(judgement.verdict for judgement in self.judgements)

    @property
    def failures(self) -> list[Judgement]:
        """The judgements that turn the exit code."""
        return [judgement for judgement in self.judgements if counts_against(judgement, self.circumstances)]

    @property
    def exit_code(self) -> int:
        """0 when all that was claimed holds, 1 when it does not."""
        return 1 if self.failures or self.problems or self.over_claimed else 0


def judge(
    requirements: Mapping[str, Requirement],
    checks: Iterable[Check],
    baseline: Baseline,
    circumstances: Circumstances,
) -> list[Judgement]:
    """Give each requirement its verdict. Checks of IDs that are not among the requirements are left aside."""
    by_id: dict[str, list[Check]] = {}
    for check in checks:
        by_id.setdefault(check.id, []).append(check)
    return [
        _with_baseline(_judge_one(requirement, by_id.get(identifier, []), circumstances), baseline)
        for identifier, requirement in sorted(requirements.items())
    ]


def summarise(
    requirements: Mapping[str, Requirement],
    judgements: Sequence[Judgement],
    problems: Iterable[str],
    under_claimed: Iterable[str],
    circumstances: Circumstances,
) -> Summary:
    """Draw the run together. Raises VerifyError unless every requirement has exactly one verdict."""
    judged = Counter(judgement.requirement.id for judgement in judgements)
    if judged != Counter(requirements.keys()):
        wrong = sorted({*judged, *requirements} - {i for i in requirements if judged[i] == 1})
        raise VerifyError(
            f"the verdicts do not add up to the requirements: {', '.join(wrong)} not judged once"
        )
    claims = sorted(set(circumstances.claims) - {ALWAYS_JUDGED})
    whole = not (circumstances.partial or circumstances.selected)
    over = tuple(c for c in claims if whole and not _anything_holds(c, judgements))
    return Summary(tuple(judgements), tuple(problems), over, tuple(under_claimed), circumstances)


def counts_against(judgement: Judgement, circumstances: Circumstances) -> bool:
    """Say whether a judgement turns the exit code: a stale baseline always, otherwise only a MUST."""
    if judgement.stale:
        return True
    if judgement.requirement.level != "MUST":
        return False
    return (
        judgement.verdict is Verdict.FAIL
        or (judgement.verdict is Verdict.NOT_TESTABLE and not circumstances.lenient)
        or (judgement.verdict is Verdict.FLAKY and circumstances.strict_flaky)
    )


def demanded(requirement: Requirement, circumstances: Circumstances) -> tuple[str, ...]:
    """The kinds of check that the requirement needs here.

    Unit tests, lint and inspection look into this repository, so they say nothing of another server.
    """
    if circumstances.bundled:
        return requirement.checked_by
    return tuple(kind for kind in requirement.checked_by if kind in WIRE_KINDS)


def _judge_one(requirement: Requirement, checks: list[Check], circumstances: Circumstances) -> Judgement:
    aside = _set_aside(requirement, circumstances)
    if aside:
        return Judgement(requirement, *aside)
    kinds = demanded(requirement, circumstances)
    relevant = tuple(check for check in checks if check.kind in kinds)
    verdict, reason = _weigh([_of_kind(kind, relevant, circumstances) for kind in kinds])
    return Judgement(requirement, verdict, reason, relevant)


def _set_aside(requirement: Requirement, circumstances: Circumstances) -> tuple[Verdict, str] | None:
    if requirement.withdrawn is not None:
        return Verdict.EXCLUDED, f"withdrawn: {requirement.withdrawn}"
    if requirement.excluded is not None:
        return Verdict.EXCLUDED, requirement.excluded
    about_project = requirement.subject == "project" or not set(WIRE_KINDS) & set(requirement.checked_by)
    if about_project and not circumstances.bundled:
        return Verdict.PROJECT, "a fact of this repository, not of the target"
    if requirement.profile not in {ALWAYS_JUDGED, *circumstances.claims}:
        return Verdict.NOT_CLAIMED, f"the target does not claim the profile {requirement.profile}"
    return None


def _of_kind(kind: str, checks: Sequence[Check], circumstances: Circumstances) -> tuple[Verdict, str] | None:
    """Judge by the checks of one kind; None when a narrowed run made none of them."""
    made = [check for check in checks if check.kind == kind]
    if not made:
        if circumstances.partial:
            return None
        if kind in WIRE_KINDS and checks and all(each.outcome is Outcome.NOT_TESTABLE for each in checks):
            return Verdict.NOT_TESTABLE, f"{kind}: the state to look at was not reached"
        if kind in WIRE_KINDS:
            return Verdict.FAIL, f"claimed, but no {kind} check ran"
        return Verdict.NOT_TESTABLE, f"no record of a {kind} check; `make verify` writes them"
    verdict, _ = _weigh([(_VERDICT_OF[check.outcome], "") for check in made])
    said = next(check for check in made if _VERDICT_OF[check.outcome] is verdict)
    if verdict is Verdict.PASS:
        return verdict, f"{kind}: {len(made)} passed"
    told = f"{said.name}: {said.detail}" if said.detail else f"{said.name}: {said.outcome}"
    return verdict, f"{kind}: {told}"


def _weigh(found: Iterable[tuple[Verdict, str] | None]) -> tuple[Verdict, str]:
    """Take the gravest; where nothing was looked at, nothing is known to hold."""
    known = [each for each in found if each is not None]
    if not known:
        return Verdict.FAIL, "claimed, but nothing checks it"
    verdict = min((verdict for verdict, _ in known), key=_GRAVITY.index)
    return verdict, "; ".join(reason for each, reason in known if each is verdict)


def _with_baseline(judgement: Judgement, baseline: Baseline) -> Judgement:
    known = baseline.get(judgement.requirement.id)
    if known is None:
        return judgement
    if judgement.verdict is Verdict.PASS:
        reason = f"the baseline expects a failure ({known}), but it passes: take it out of the baseline"
        return Judgement(judgement.requirement, Verdict.PASS, reason, judgement.checks, stale=True)
    if judgement.verdict in _EXCUSABLE:
        reason = f"{known} ({judgement.verdict}: {judgement.reason})"
        return Judgement(judgement.requirement, Verdict.EXPECTED_FAIL, reason, judgement.checks)
    return judgement


def _anything_holds(profile: str, judgements: Iterable[Judgement]) -> bool:
    """Say whether anything of a claimed profile stands, or is excused.

    A profile without requirements is unknown.
    """
    holds = {Verdict.PASS, Verdict.FLAKY, Verdict.EXPECTED_FAIL, Verdict.NOT_TESTABLE, Verdict.PROJECT}
    return any(each.requirement.profile == profile and each.verdict in holds for each in judgements)


_GRAVITY = [Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.FLAKY, Verdict.PASS]
_EXCUSABLE = {Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.FLAKY}
_VERDICT_OF = {
    Outcome.PASS: Verdict.PASS,
    Outcome.FAIL: Verdict.FAIL,
    Outcome.ERROR: Verdict.FAIL,
    Outcome.SKIPPED: Verdict.FAIL,
    Outcome.NOT_TESTABLE: Verdict.NOT_TESTABLE,
    Outcome.FLAKY: Verdict.FLAKY,
}
