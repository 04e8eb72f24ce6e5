"""What a check of an exchange or scrape found, and whom it concerns; and how findings become checks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from orchqueue.verify.evidence import Outcome
from orchqueue.verify.verdicts import Check

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """Something that breaks the contract. `where` says in which scenario, `evidence` shows the exchange."""

    ids: frozenset[str]
    message: str
    where: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass
class Look:
    """What came of looking: the requirements that were exercised, how often, and what was found."""

    exercised: dict[str, int] = field(default_factory=partial(defaultdict, int))
    findings: list[Finding] = field(default_factory=list)

    def saw(self, ids: Iterable[str]) -> None:
        """Count requirements that one observation exercised."""
        for identifier in set(ids):
            self.exercised[identifier] += 1

    def add(self, other: "Look") -> None:
        """Take in what came of looking at something else, after this."""
        for identifier, count in other.exercised.items():
            self.exercised[identifier] += count
        self.findings += other.findings

    def checks(self, kind: str, noun: str) -> list[Check]:
        """Give one check for each requirement that was exercised or is concerned by a finding.

        A requirement passes when it was exercised and nothing was found about it.
        """
        concerned: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            for identifier in finding.ids:
                concerned[identifier].append(finding)
        passed = [
            Check(kind, identifier, f"{count} {noun}", Outcome.PASS)
            for identifier, count in sorted(self.exercised.items())
            if identifier not in concerned
        ]
        return passed + [_failed(kind, identifier, found) for identifier, found in sorted(concerned.items())]


def _failed(kind: str, identifier: str, found: list[Finding]) -> Check:
    messages = list(dict.fromkeys(finding.message for finding in found))
    more = f" (and {len(messages) - SHOWN} other findings)" if len(messages) > SHOWN else ""
    evidence = [finding.evidence for finding in found if finding.evidence]
    return Check(
        kind,
        identifier,
        found[0].where,
        Outcome.FAIL,
        "; ".join(messages[:SHOWN]) + more,
        evidence=tuple(evidence[:SHOWN]),
    )
