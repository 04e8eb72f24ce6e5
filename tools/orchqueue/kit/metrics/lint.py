"""A scrape held against the metrics contract: what is there, what it is called, what it may say. Pure.

Takes the contract's tables as arguments. A strict parse has gone before; that counters move by the right
amount is for the scenarios to see.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from orchqueue.kit.metrics.scrape import Family, Sample, Scrape

_NAMES = "OC-METRICS-7101"
_BUDGETS = "OC-METRICS-7102"
_EXACT = "OC-METRICS-7104"
_ANNOUNCED = "OC-METRICS-7105"


class SeriesRow(Protocol):
    """One row of the contract's table of series."""

    @property
    def type(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def values(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def profile(self) -> str: ...
    @property
    def requirements(self) -> Sequence[str]: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def exclusive(self) -> str | None: ...


class LabelRow(Protocol):
    """One row of the contract's table of labels: a budget of values, and the values where they are known."""

    @property
    def budget(self) -> int: ...
    @property
    def values(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Contract:
    """The tables of the metrics contract."""

    series: Mapping[str, SeriesRow]
    labels: Mapping[str, LabelRow]
    buckets_ms: Sequence[float]
    outside_budget: Sequence[str]


@dataclass(frozen=True)
class MetricFinding:
    """What a scrape has otherwise than the contract, and the requirements that it breaks."""

    series: str
    expected: str
    got: str
    requirements: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.series}: expected {self.expected}, got {self.got} ({', '.join(self.requirements)})"


def lint(scrape: Scrape, contract: Contract, profiles: Sequence[str]) -> list[MetricFinding]:
    """Return everything in which the scrape differs from what servers of these profiles export."""
    findings = [*_duplicates(scrape), *_missing(scrape, contract, profiles)]
    for name, family in scrape.families.items():
        findings += _announcement(family)
        row = contract.series.get(name)
        if row is None:
            findings.append(MetricFinding(name, "no family beside the contract's", "this family", (_NAMES,)))
        elif row.profile not in profiles:
            expected = f"absence, since the profile {row.profile} is not claimed"
            findings.append(MetricFinding(name, expected, "this family", tuple(row.requirements)))
        else:
            findings += _family(family, row, contract)
    return findings


def counters_fell(before: Scrape, after: Scrape) -> list[MetricFinding]:
    """Return the counters, histograms' counts included, that are lower than in the earlier scrape or gone."""
    now = after.values()
    findings = []
    for family in before.families.values():
        if family.type not in {"counter", "histogram"}:
            continue
        for sample in family.samples:
            value = now.get(sample.key)
            # OC-METRICS-7101: a counter that falls is not of its type
            if value is None or value < sample.value:
                got = "nothing" if value is None else f"{value:g}"
                findings.append(MetricFinding(str(sample), f"at least {sample.value:g}", got, (_NAMES,)))
    return findings


def _duplicates(scrape: Scrape) -> Iterator[MetricFinding]:
    lines: dict[object, int] = {}
    for sample in scrape:
        first = lines.setdefault(sample.key, sample.line)
        if first != sample.line:  # OC-METRICS-7104
            got = f"it on lines {first} and {sample.line}"
            yield MetricFinding(str(sample), "each series once", got, (_EXACT,))


def _missing(scrape: Scrape, contract: Contract, profiles: Sequence[str]) -> Iterator[MetricFinding]:
    for name, row in contract.series.items():
        if row.profile in profiles and name not in scrape.families:  # OC-METRICS-7101, OC-METRICS-7105
            requirements = tuple(dict.fromkeys([*row.requirements, _ANNOUNCED]))
            yield MetricFinding(name, f"the family, a {row.type}", "nothing", requirements)


def _announcement(family: Family) -> Iterator[MetricFinding]:
    first = family.first_line
    for what, line in (("HELP", family.help_line), ("TYPE", family.type_line)):
        expected = f"{what} before the first sample"
        if line is None:  # OC-METRICS-7105
            yield MetricFinding(family.name, expected, f"no {what}", (_ANNOUNCED,))
        elif first is not None and line > first:  # OC-METRICS-7105
            got = f"{what} on line {line}, a sample on line {first}"
            yield MetricFinding(family.name, expected, got, (_ANNOUNCED,))
    if family.help_line is not None and not (family.help or "").strip():
        yield MetricFinding(family.name, "a help text", "an empty one", (_ANNOUNCED,))
    if family.unit and not family.name.removesuffix("_total").endswith(f"_{family.unit}"):  # OC-METRICS-7104
        yield MetricFinding(family.name, "a unit that its name ends in", family.unit, (_EXACT,))
    if family.scattered_line is not None:  # OC-METRICS-7104
        got = f"another family before line {family.scattered_line}"
        yield MetricFinding(family.name, "all lines of a family together", got, (_EXACT,))


def _family(family: Family, row: SeriesRow, contract: Contract) -> Iterator[MetricFinding]:
    requirements = _of(row)
    if family.type is not None and family.type != row.type:
        yield MetricFinding(family.name, f"the type {row.type}", family.type, requirements)
        return
    for sample in family.samples:
        yield from _sample(sample, family, row, contract)
    yield from _budgets(family, row, contract)
    yield from _exclusive(family, row)
    if row.type == "histogram":
        yield from _histograms(family, contract)


def _sample(sample: Sample, family: Family, row: SeriesRow, contract: Contract) -> Iterator[MetricFinding]:
    requirements = _of(row)
    names = {f"{family.name}{part}" for part in ("_bucket", "_sum", "_count")}
    if sample.name not in (names if row.type == "histogram" else {family.name}):
        expected = ", ".join(sorted(names)) if row.type == "histogram" else family.name
        yield MetricFinding(str(sample), f"samples named {expected}", sample.name, requirements)
        return
    keys = {name for name, _ in sample.labels} - ({"le"} if sample.name.endswith("_bucket") else set())
    if keys != set(row.labels):
        expected, got = ", ".join(sorted(row.labels)), ", ".join(sorted(keys)) or "none"
        yield MetricFinding(str(sample), f"exactly the labels {expected or 'none'}", got, requirements)
    for label, value in sample.labels:
        yield from _value(sample, label, value, row, contract)
    counts = row.type == "counter" or sample.name.endswith(("_bucket", "_count"))
    if math.isnan(sample.value) or (counts and not 0 <= sample.value < math.inf):
        yield MetricFinding(
            str(sample), "a number from 0 up" if counts else "a number", f"{sample.value:g}", requirements
        )
    elif _is_beyond(sample.value, row):
        expected = f"a number from {_bounds(row)}"
        yield MetricFinding(str(sample), expected, f"{sample.value:g}", requirements)


def _is_beyond(value: float, row: SeriesRow) -> bool:
    too_low = row.minimum is not None and value < row.minimum
    return too_low or (row.maximum is not None and value > row.maximum)


def _bounds(row: SeriesRow) -> str:
    lowest = "any" if row.minimum is None else f"{row.minimum:g}"
    return f"{lowest} up" if row.maximum is None else f"{lowest} to {row.maximum:g}"


def _value(
    sample: Sample, label: str, value: str, row: SeriesRow, contract: Contract
) -> Iterator[MetricFinding]:
    requirements = _of(row)
    own = contract.labels.get(label)
    allowed = row.values.get(label) or (own.values if own is not None else ())
    if not value:
        yield MetricFinding(
            str(sample), f"a value of {label}, `none` where it is not known", "an empty one", requirements
        )
    elif allowed and value not in allowed and value not in contract.outside_budget:
        yield MetricFinding(str(sample), f"{label} one of {', '.join(allowed)}", value, requirements)


def _of(row: SeriesRow) -> tuple[str, ...]:
    return tuple(row.requirements) or (_NAMES,)


def _budgets(family: Family, row: SeriesRow, contract: Contract) -> Iterator[MetricFinding]:
    for label in row.labels:
        own = contract.labels.get(label)
        values = {sample.label(label) for sample in family.samples} - {None, *contract.outside_budget}
        if own is not None and len(values) > own.budget:  # OC-METRICS-7102
            expected = f"at most {own.budget} values of {label}"
            yield MetricFinding(family.name, expected, str(len(values)), (_BUDGETS,))


def _exclusive(family: Family, row: SeriesRow) -> Iterator[MetricFinding]:
    """Find samples that differ in nothing but a label of which one value holds at a time."""
    found: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for sample in family.samples if row.exclusive else ():
        others = tuple(sorted(pair for pair in sample.labels if pair[0] != row.exclusive))
        found[others].append(sample.label(row.exclusive or "") or "none")
    for others, values in found.items():
        if len(values) > 1:  # OC-METRICS-7101
            shown = str(Sample(family.name, others, 0.0, 0))
            yield MetricFinding(shown, f"one {row.exclusive} at a time", ", ".join(sorted(values)), _of(row))


def _histograms(family: Family, contract: Contract) -> Iterator[MetricFinding]:
    parts: dict[tuple[tuple[str, str], ...], dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in family.samples:
        labels = tuple(sorted(pair for pair in sample.labels if pair[0] != "le"))
        parts[labels][sample.name.removeprefix(family.name)].append(sample)
    for labels, by_name in parts.items():
        shown = str(Sample(family.name, labels, 0.0, 0))
        for expected, got in _histogram(by_name, contract.buckets_ms):  # OC-METRICS-7104
            yield MetricFinding(shown, expected, got, (_EXACT,))


def _histogram(parts: Mapping[str, list[Sample]], bounds: Sequence[float]) -> Iterator[tuple[str, str]]:
    """Yield what is expected of one histogram's samples and what there is instead."""
    for name in ("_sum", "_count"):
        if len(parts.get(name, [])) != 1:
            yield f"one {name}", str(len(parts.get(name, [])))
    buckets = [(_bound(sample.label("le")), sample) for sample in parts.get("_bucket", [])]
    got = [bound for bound, _ in buckets]
    if got != [*bounds, math.inf]:
        yield f"the buckets {_shown([*bounds, math.inf])}", _shown(got)
    for (_, lower), (_, upper) in pairwise(buckets):
        if upper.value < lower.value:
            yield "cumulative buckets", f"{lower.value:g} at le={lower.label('le')}, then {upper.value:g}"
    last = [sample.value for bound, sample in buckets if bound == math.inf]
    count = [sample.value for sample in parts.get("_count", [])]
    if last and count and last[-1] != count[0]:
        yield "the bucket +Inf equal to _count", f"{last[-1]:g} and {count[0]:g}"


def _bound(le: str | None) -> float:
    try:
        return float((le or "nan").replace("Inf", "inf"))
    except ValueError:
        return math.nan


def _shown(bounds: Sequence[float]) -> str:
    return " ".join("+Inf" if bound == math.inf else f"{bound:g}" for bound in bounds) or "none"
