"""Which checks of whose a scenario's records fail: the same checks as in a conformance run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchqueue.verify import checks, evidence, leaks, metrics_check
from orchqueue.verify.evidence import Outcome
from orchqueue.verify.provider import Provider
from orchqueue.verify.session import METRICS
from orchqueue.verify.verdicts import ALWAYS_JUDGED, Check
from orchqueue_contract.requirement_ids import REQUIREMENTS


@dataclass(frozen=True)
class Judged:
    """What a scenario's records say: the failed checks, and why nothing can be said where it did not run."""

    failed: tuple[Check, ...]
    not_judged: str = ""


class Judge:
    """Looks at the records of scenarios of a server with these profiles."""

    def __init__(self, provider: Provider, profiles: Collection[str]) -> None:
        self._provider = provider
        self._profiles = sorted({ALWAYS_JUDGED, *profiles})

    def look(self, records: Path, home: Path) -> Judged:
        """Judge by the records of a scenario, and by the logs of its servers in their home."""
        scenarios, exchanges = evidence.scenarios(records), evidence.exchanges(records)
        scrapes = evidence.scrapes(records)
        metrics, _ = metrics_check.look(scrapes, METRICS, self._profiles)
        made = [
            *checks.of_scenarios(scenarios),
            *self._provider.look(exchanges).checks("provider", "exchanges"),
            *leaks.look(exchanges, scrapes, home).checks("provider", "texts"),
            *metrics.checks("metrics", "scrapes"),
        ]
        unmade = [
            f"{each.place} {each.status}: {each.message}"
            for each in scenarios
            if each.status not in {Outcome.PASS, Outcome.FAIL}
        ]
        return Judged(_own(made), "; ".join(unmade))


def _own(made: Sequence[Check]) -> tuple[Check, ...]:
    """Keep the failures of kinds that their requirement is checked by."""
    return tuple(
        check
        for check in made
        if check.outcome is Outcome.FAIL
        and check.id in REQUIREMENTS
        and check.kind in REQUIREMENTS[check.id].checked_by
    )
