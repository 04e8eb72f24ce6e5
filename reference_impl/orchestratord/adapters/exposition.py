"""Gauges out of an engine's own metrics. Reads the text format as far as single samples go."""

from collections.abc import Iterator, Sequence


def ratio(exposition: bytes, *names: str) -> float | None:
    """The first of these gauges that is there as a ratio from 0 to 1, the highest where it has several
    samples; None where none is there.
    """
    for name in names:
        values = list(_samples(exposition, name))
        if values:
            return min(1.0, max(0.0, *values))
    return None


def total(exposition: bytes, names: Sequence[str]) -> float | None:
    """What these gauges count together; None where the first of them is not there."""
    first = list(_samples(exposition, names[0]))
    if not first:
        return None
    return sum(first) + sum(value for name in names[1:] for value in _samples(exposition, name))


def _samples(exposition: bytes, name: str) -> Iterator[float]:
    """The values of a series' samples that are numbers."""
    start = name.encode()
    for line in exposition.splitlines():
        if not line.startswith(start):
            continue
        rest = line[len(start) :]
        if rest[:1] == b"{":
            rest = rest[rest.rfind(b"}") + 1 :]
        elif rest[:1] not in (b" ", b"\t"):
            continue
        try:
            value = float(rest.split()[0])
        except (IndexError, ValueError):
            continue
        if value == value:  # noqa: PLR0124 - NaN alone is unequal to itself
            yield value
