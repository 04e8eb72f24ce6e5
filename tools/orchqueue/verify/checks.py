"""Checks from evidence: what scenarios, exchanges, scrapes and test records say of requirements. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from orchqueue.verify.evidence import CheckRecord, Outcome, ScenarioRecord
from orchqueue.verify.verdicts import Check
from orchqueue_contract.requirement_ids import Requirement


def of_scenarios(scenarios: Iterable[ScenarioRecord]) -> list[Check]:
    """Give one behave check for each requirement that a scenario names."""
    return [
        Check(
            "behave",
            identifier,
            f"{scenario.place} {scenario.name}",
            scenario.status,
            scenario.message,
            scenario.seconds,
            scenario.exchanges,
        )
        for scenario in scenarios
        for identifier in scenario.ids
    ]


def of_records(records: Iterable[CheckRecord]) -> list[Check]:
    """Give the checks that were made beside the run."""
    return [Check(record.kind, record.id, record.name, record.status, record.detail) for record in records]


def rerun(scenarios: Sequence[ScenarioRecord], again: Iterable[ScenarioRecord]) -> list[ScenarioRecord]:
    """Mark as flaky what failed at first and passed when it was run again alone; all else stays as it was."""
    passed = {scenario.place for scenario in again if scenario.status is Outcome.PASS}
    return [
        replace(scenario, status=Outcome.FLAKY, message=f"passed alone, but at first: {scenario.message}")
        if scenario.place in passed and scenario.status is not Outcome.PASS
        else scenario
        for scenario in scenarios
    ]


def to_rerun(scenarios: Iterable[ScenarioRecord], expected: Mapping[str, str]) -> tuple[str, ...]:
    """Name the scenarios that failed, but for those of which a failure is expected for every ID."""
    return tuple(
        scenario.place
        for scenario in scenarios
        if scenario.status is Outcome.FAIL and not (scenario.ids and set(scenario.ids) <= set(expected))
    )


def problems(scenarios: Sequence[ScenarioRecord], requirements: Mapping[str, Requirement]) -> list[str]:
    """Say what is wrong with the run itself: whatever could let something unchecked look green."""
    found = [] if scenarios else ["no scenario ran"]
    for scenario in scenarios:
        unknown = sorted(set(scenario.ids) - set(requirements))
        if scenario.status is Outcome.SKIPPED:
            found.append(f"{scenario.place} was skipped: {scenario.message}")
        elif scenario.status is Outcome.ERROR:
            found.append(f"{scenario.place} could not be run: {scenario.message}")
        if not scenario.ids:
            found.append(f"{scenario.place} names no requirement")
        elif unknown:
            found.append(f"{scenario.place} names {', '.join(unknown)}, which no spec has")
    return found + _stale_pins(scenarios, requirements)


def _stale_pins(scenarios: Iterable[ScenarioRecord], requirements: Mapping[str, Requirement]) -> list[str]:
    return [
        f"{scenario.place} was written for revision {pinned} of {identifier}, which now is {now}"
        for scenario in scenarios
        for identifier, pinned in scenario.pins.items()
        if (now := requirements[identifier].revision if identifier in requirements else None)
        and not now.startswith(pinned)
    ]
