"""Metrics checks: every recorded scrape parsed strictly and held against the contract by the kit's lint.

Keeps: which requirements a scrape exercises, and that counters never fall from one scrape of a server to
the next.
"""

from collections.abc import Iterable, Sequence

from orchqueue.kit import ExpositionError
from orchqueue.kit.metrics import Contract, MetricFinding, Scrape, counters_fell, lint, parse_exposition
from orchqueue.verify.evidence import ScrapeRecord
from orchqueue.verify.finding import Finding, Look

EXACT = "OC-METRICS-7104"
ANNOUNCED = "OC-METRICS-7105"
EXPORTED = ("OC-CTRL-2051", "ORCH-3028")


def look(
    scrapes: Iterable[ScrapeRecord], contract: Contract, profiles: Sequence[str]
) -> tuple[Look, list[str]]:
    """Look at all scrapes.

    Give what was found, and the scrapes that could not be parsed as problems of the run.
    """
    found = Look()
    unparsable: list[str] = []
    last: dict[str, Scrape] = {}
    for record in scrapes:
        try:
            scrape = parse_exposition(record.text, record.content_type)
        except ExpositionError as error:
            unparsable.append(f"a scrape of {record.server} in {record.scenario} does not parse: {error}")
            ids = frozenset({EXACT, *EXPORTED})  # OC-METRICS-7104
            found.findings.append(Finding(ids, f"the exposition does not parse: {error}", record.scenario))
            found.saw(ids)
            continue
        fell = counters_fell(last[record.server], scrape) if record.server in last else []
        last[record.server] = scrape
        found.saw(_exercised(scrape, contract))
        shown = [profile for profile in profiles if profile not in record.off]
        for finding in (*lint(scrape, contract, shown), *fell):
            found.findings.append(Finding(_concerned(finding), _told(finding), record.scenario))
    return found, unparsable


def _exercised(scrape: Scrape, contract: Contract) -> set[str]:
    rows = [contract.series[name] for name in scrape.families if name in contract.series]
    return {EXACT, ANNOUNCED, *EXPORTED, *(identifier for row in rows for identifier in row.requirements)}


def _concerned(finding: MetricFinding) -> frozenset[str]:
    # OC-CTRL-2051, ORCH-3028: a family that is not there is not exported
    missing = EXPORTED if ANNOUNCED in finding.requirements and finding.got == "nothing" else ()
    return frozenset({*finding.requirements, *missing})


def _told(finding: MetricFinding) -> str:
    return f"{finding.series}: expected {finding.expected}, got {finding.got}"
