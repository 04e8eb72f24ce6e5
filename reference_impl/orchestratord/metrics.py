"""The series of the metrics contract as live families: counters and histograms that are moved, gauges that
are read at a scrape.

Names, labels, buckets and budgets come from the contract; what is counted when is decided elsewhere.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from orchqueue_contract.metrics import BUCKETS_MS, LABELS, OUTSIDE_BUDGET, SERIES, SeriesSpec

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # its author left it out

NOT_KNOWN = "none"
OVERFLOW = "other"

_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")

_SUMS = frozenset(
    {"queue_depth", "active_leases", "admission_share"}
)  # of the others, several under one name are the greatest


class GaugeSample(NamedTuple):
    """One value of a gauge; `labels` stand in the order of the contract."""

    series: str
    labels: tuple[str, ...]
    value: float


class LabelBudgets:
    """Which label values were seen.

    Past its budget a new value becomes `other`, and `overflowed` is told once for each label.
    """

    def __init__(self, overflowed: Callable[[str, int], None]) -> None:
        self._seen: dict[str, set[str]] = {name: set() for name in LABELS}
        self._full: set[str] = set()
        self._overflowed = overflowed

    def admit(self, label: str, value: str | None) -> str:
        """The value to write: itself, `none` when it is not known, `other` past the budget."""
        # OC-METRICS-7102
        if not value:
            return NOT_KNOWN
        spec = LABELS[label]
        seen = self._seen[label]
        if value in seen or value in OUTSIDE_BUDGET:
            return value
        if len(seen) < spec.budget:
            seen.add(value)
            return value
        if label not in self._full:
            self._full.add(label)
            self._overflowed(label, spec.budget)
        return OVERFLOW


class Metrics:
    """The families of the claimed profiles. `gauges` gives their samples whenever someone reads them."""

    def __init__(
        self,
        profiles: Collection[str],
        gauges: Callable[[], Iterable[GaugeSample]],
        overflowed: Callable[[str, int], None],
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._specs = {name: spec for name, spec in SERIES.items() if spec.profile in profiles}
        self._budgets = LabelBudgets(overflowed)
        self._families: dict[str, Counter | Histogram] = {}
        self._counters: dict[tuple[str, tuple[str | None, ...]], Counter] = {}
        self._histograms: dict[tuple[str, tuple[str | None, ...]], Histogram] = {}
        for name, spec in self._specs.items():
            if spec.type == "counter":
                self._families[name] = Counter(name, spec.help, spec.labels, registry=self._registry)
            elif spec.type == "histogram":
                self._families[name] = Histogram(
                    name, spec.help, spec.labels, buckets=BUCKETS_MS, registry=self._registry
                )
        self._registry.register(_Gauges(self._specs, self._budgets, gauges))

    def count(self, series: str, labels: tuple[str | None, ...], amount: float = 1) -> None:
        """Add to a counter; `labels` stand in the order of the contract, None is not known.

        A series of a profile that is off is absent, and not counted.
        """
        if self._off(series):
            return
        child = self._counters.get((series, labels))
        if child is None:
            family = self._families[series]
            assert isinstance(family, Counter)
            values = self._values(series, labels)
            child = family.labels(*values)
            if OVERFLOW not in values:
                self._counters[series, labels] = child
        child.inc(amount)

    def observe(self, series: str, labels: tuple[str | None, ...], value_ms: float) -> None:
        """Add a duration to a histogram, unless its profile is off."""
        if self._off(series):
            return
        child = self._histograms.get((series, labels))
        if child is None:
            family = self._families[series]
            assert isinstance(family, Histogram)
            values = self._values(series, labels)
            child = family.labels(*values)
            if OVERFLOW not in values:
                self._histograms[series, labels] = child
        child.observe(value_ms)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All families in the format that the Accept header asks for, and its content type.

        Changes nothing.
        """
        # OC-METRICS-7103
        if prefers_openmetrics(accept):
            text = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call]  # as above
            return text, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def _off(self, series: str) -> bool:
        return series not in self._specs and series in SERIES

    def _values(self, series: str, labels: tuple[str | None, ...]) -> list[str]:
        names = self._specs[series].labels
        return [self._budgets.admit(name, value) for name, value in zip(names, labels, strict=True)]


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header names OpenMetrics, and no plain text that it would rather have."""
    weights = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_type in weights:
            weights[media_type] = max(weights[media_type], _weight(parameters))
    return weights["application/openmetrics-text"] > 0 and (
        weights["application/openmetrics-text"] >= weights["text/plain"]
    )


def _weight(parameters: Iterable[str]) -> float:
    """The `q` of a media range; 1 where there is none, or none that says anything."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            match = _WEIGHT.match(value.strip())
            return float(match[0]) if match else 1.0
    return 1.0


class _Gauges(Collector):
    """Builds the gauge families from state when they are read, each announced even without a sample."""

    def __init__(
        self,
        specs: dict[str, SeriesSpec],
        budgets: LabelBudgets,
        samples: Callable[[], Iterable[GaugeSample]],
    ) -> None:
        self._specs = {name: spec for name, spec in specs.items() if spec.type == "gauge"}
        self._budgets = budgets
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        # OC-METRICS-7105
        families = {
            name: GaugeMetricFamily(name, spec.help, labels=spec.labels) for name, spec in self._specs.items()
        }
        merged: dict[tuple[str, tuple[str, ...]], float] = {}
        for sample in self._samples():
            if sample.series not in self._specs and sample.series in SERIES:
                continue
            names = self._specs[sample.series].labels
            values = tuple(self._budgets.admit(n, v) for n, v in zip(names, sample.labels, strict=True))
            if sample.series in _SUMS:
                merged[sample.series, values] = merged.get((sample.series, values), 0.0) + sample.value
            else:
                merged[sample.series, values] = max(merged.get((sample.series, values), 0.0), sample.value)
        for (series, values), value in merged.items():
            families[series].add_metric(values, value)
        yield from families.values()
