"""One mutant on trial: which scenarios are run against it, and what is said of it in the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchqueue.mutate.judging import Judge
from orchqueue.mutate.matrix import Kill, Outcome, Row, row
from orchqueue.mutate.mutants import Kind, Mutant
from orchqueue.mutate.survey import Survey
from orchqueue.mutate.workplace import Case, Workplace
from orchqueue_contract.requirement_ids import REQUIREMENTS

# Scenarios that do not speak of a mutant's requirements, but whose exchanges the provider and metrics checks
# see; they all see alike, so a few are enough.
UNTAGGED = 3
PLAIN_SERVER = "standard"


@dataclass(frozen=True)
class Knowledge:
    """What helps to choose: all scenarios, which of them caught a mutant before, and a survey of them."""

    cases: Sequence[Case]
    before: Mapping[str, Row]
    survey: Survey | None = None
    _found: dict[str, list[Case]] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each scenario by its title."""
        return {case.title: case.digest for case in self.cases}

    def candidates(self, mutant: Mutant) -> list[Case]:
        """Give the scenarios that can catch a mutant, the likeliest and cheapest first."""
        if mutant.name not in self._found:
            self._found[mutant.name] = self._candidates(mutant)
        return self._found[mutant.name]

    def hints(self, mutant: Mutant) -> set[str]:
        """Give the titles of the scenarios, of those that there are, which caught a mutant before."""
        row = self.before.get(mutant.name)
        return {kill.scenario for kill in row.killed_by} & self.digests.keys() if row else set()

    def _candidates(self, mutant: Mutant) -> list[Case]:
        hints = self.hints(mutant)
        tagged = [case for case in self.cases if case.ids & mutant.requirements]
        moving: set[str] = set()
        if self.survey is not None and mutant.mutation is not None:
            meeting, moving = self.survey.meeting(mutant.mutation), self.survey.moving(mutant.mutation)
            others = [
                case for case in self.cases if case.place in meeting and not case.ids & mutant.requirements
            ]
            tagged = [case for case in tagged if case.place in meeting]
            if _seen_in_passing(mutant.requirements):
                tagged += sorted(others, key=lambda case: (case.place not in moving, self._cost(case)))[
                    :UNTAGGED
                ]
        else:
            tagged += [case for case in self.cases if case.title in hints and case not in tagged]
            passing = _passing(mutant.requirements)
            alike = [case for case in self.cases if case not in tagged and passing & _passing(case.ids)]
            tagged += sorted(alike, key=self._cost)[:UNTAGGED]

        def likely(case: Case) -> tuple[bool, bool, bool, str, tuple[bool, float, str]]:
            # Those of one server stand together: to start another one takes longer than most scenarios.
            own = bool(case.ids & mutant.requirements)
            server = "" if case.server == PLAIN_SERVER else case.server
            return case.title not in hints, case.place not in moving, not own, server, self._cost(case)

        return sorted(tagged, key=likely)

    def _cost(self, case: Case) -> tuple[bool, float, str]:
        seconds = self.survey.seconds.get(case.place, 0.0) if self.survey else 0.0
        return case.server != PLAIN_SERVER, seconds, case.place


def _passing(requirements: Iterable[str]) -> set[str]:
    """Name the kinds of checks that look at whatever any scenario does."""
    kinds = {kind for name in requirements if name in REQUIREMENTS for kind in REQUIREMENTS[name].checked_by}
    return kinds & {"provider", "metrics"}


def _seen_in_passing(requirements: Iterable[str]) -> bool:
    return bool(_passing(requirements))


def attempt(place: Workplace, mutant: Mutant, knowledge: Knowledge, judge: Judge) -> Row:
    """Run scenarios against a mutant until it is caught.

    A wire mutant is caught by the first check of any of its requirements, a named one by one of each.
    """
    kills: dict[str, Kill] = {}
    unmade: list[str] = []
    met = False
    with place.trying(mutant):
        for case in knowledge.candidates(mutant):
            if not _can_tell(case, mutant, kills):
                continue
            judged = judge.look(place.run(case, mutant), place.home)
            met = met or place.switch.met
            if judged.not_judged:
                unmade.append(judged.not_judged)
            if place.switch.met:
                for check in judged.failed:
                    if check.id in mutant.requirements:
                        kills.setdefault(check.id, Kill(check.id, check.kind, case.title, check))
            if kills and (mutant.kind is Kind.WIRE or kills.keys() == mutant.requirements):
                break
    outcome = _outcome(mutant, kills, met=met, unmade=unmade)
    why = "; ".join(unmade) if outcome is Outcome.INCONCLUSIVE else ""
    return row(mutant, outcome, [kills[name] for name in sorted(kills)], knowledge.digests, why)


def doubted(found: Row, mutant: Mutant, failing: Mapping[str, str], knowledge: Knowledge) -> Row:
    """Take from a row what scenarios caught that fail with nothing wrong, too; `failing` says how."""
    kills = [kill for kill in found.killed_by if kill.scenario not in failing]
    if len(kills) == len(found.killed_by):
        return found
    named = {kill.scenario for kill in found.killed_by} & failing.keys()
    why = "; ".join(f"with nothing wrong, too, in {title}: {failing[title]}" for title in sorted(named))
    return row(mutant, Outcome.INCONCLUSIVE, kills, knowledge.digests, why)


def _can_tell(case: Case, mutant: Mutant, kills: Mapping[str, Kill]) -> bool:
    left = mutant.requirements - kills.keys()
    return bool(case.ids & left) or _seen_in_passing(left)


def _outcome(mutant: Mutant, kills: Mapping[str, Kill], *, met: bool, unmade: Sequence[str]) -> Outcome:
    if kills and (mutant.kind is Kind.WIRE or kills.keys() == mutant.requirements):
        return Outcome.KILLED
    if unmade:
        return Outcome.INCONCLUSIVE
    return Outcome.SURVIVED if met else Outcome.DEAD
