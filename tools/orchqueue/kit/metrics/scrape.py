"""One reading of `/metrics` as data: families, samples, values, and changes since an earlier one. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

SeriesKey = tuple[str, tuple[tuple[str, str], ...]]

# What the samples of a family may be called beside its name, by type.
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "counter": ("", "_total", "_created"),
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "gaugehistogram": ("_bucket", "_gsum", "_gcount"),
    "summary": ("", "_sum", "_count", "_created"),
    "info": ("_info",),
}


@lru_cache(maxsize=65536)  # most series are in every scrape
def _in_order(labels: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels))


@dataclass(frozen=True)
class Sample:
    """One line: `labels` in the order of the line; `line` counts from 1."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float
    line: int

    @property
    def key(self) -> SeriesKey:
        """What tells this series from every other one."""
        return self.name, _in_order(self.labels)

    def label(self, name: str) -> str | None:
        """Return the label's value, None when it is not there."""
        return next((value for key, value in self.labels if key == name), None)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether it has all of these labels with these values."""
        own = dict(self.labels)
        return all(own.get(name) == value for name, value in labels.items())

    def __str__(self) -> str:
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return f"{self.name}{{{inside}}}" if inside else self.name


@dataclass
class Family:
    """One metric family.

    The lines tell where it was announced, and where its first sample came; None for nowhere.
    """

    name: str
    type: str | None = None
    help: str | None = None
    unit: str | None = None
    type_line: int | None = None
    help_line: int | None = None
    samples: list[Sample] = field(default_factory=list)
    scattered_line: int | None = None

    @property
    def first_line(self) -> int | None:
        """The line of the first sample."""
        return self.samples[0].line if self.samples else None


class Scrape:
    """A parsed exposition.

    Families have the names of their `TYPE` lines, in OpenMetrics counters with `_total` added.
    """

    def __init__(self, families: Mapping[str, Family], text: str = "", content_type: str = "") -> None:
        self.families = dict(families)
        self.text = text
        self.content_type = content_type

    def __iter__(self) -> Iterator[Sample]:
        for family in self.families.values():
            yield from family.samples

    def samples(self, name: str, **labels: str) -> list[Sample]:
        """Return the samples of that name (`…_bucket` and such included) which have all of these labels."""
        return [sample for sample in self if sample.name == name and sample.matches(labels)]

    def has(self, name: str, **labels: str) -> bool:
        """Tell whether there is such a sample."""
        return bool(self.samples(name, **labels))

    def value(self, name: str, **labels: str) -> float:
        """Return the sum over the samples of that name which have all of these labels, 0.0 when there is
        none.
        """
        return math.fsum(sample.value for sample in self.samples(name, **labels))

    def values(self) -> dict[SeriesKey, float]:
        """Return every series with its value."""
        return {sample.key: sample.value for sample in self}

    def delta(self, before: "Scrape") -> "Delta":
        """Return what changed from an earlier scrape to this one."""
        return Delta(before.values(), self.values())


class Delta:
    """The difference of two scrapes; a series that is absent from one counts as 0 there."""

    def __init__(self, before: Mapping[SeriesKey, float], after: Mapping[SeriesKey, float]) -> None:
        self._changes = {
            key: after.get(key, 0.0) - before.get(key, 0.0)
            for key in sorted(set(before) | set(after))
            if not _same(before.get(key, 0.0), after.get(key, 0.0))
        }
        self.appeared = sorted(set(after) - set(before))
        self.vanished = sorted(set(before) - set(after))

    def value(self, name: str, **labels: str) -> float:
        """Return by how much the series of that name with all of these labels grew together."""
        wanted = labels.items()
        return math.fsum(
            change
            for (series, own), change in self._changes.items()
            if series == name and wanted <= dict(own).items()
        )

    def changed(self) -> dict[SeriesKey, float]:
        """Return every series whose value differs, with the difference."""
        return dict(self._changes)


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
