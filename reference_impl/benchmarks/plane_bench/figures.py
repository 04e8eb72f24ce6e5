"""What was measured: each figure as often as there were rounds, its goal, and both as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(slots=True)
class Figure:
    """One row: the rounds' values, and what is aimed at, if anything is."""

    at_most: float | None = None
    at_least: float | None = None
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the rounds."""
        return median(self.rounds)

    @property
    def spread(self) -> float:
        """Half of the way from the least round to the greatest, as a part of the median."""
        return (max(self.rounds) - min(self.rounds)) / 2 / abs(self.median) if self.median else 0.0

    @property
    def verdict(self) -> str:
        """The goal, and whether the median misses it."""
        if self.at_most is not None:
            return f"goal <= {self.at_most:g}{'' if self.median <= self.at_most else '  missed'}"
        if self.at_least is not None:
            return f"goal >= {self.at_least:g}{'' if self.median >= self.at_least else '  missed'}"
        return ""


class Figures:
    """The rows of one part of the benchmark, in the order in which they came."""

    def __init__(self) -> None:
        self.rows: dict[str, Figure] = {}

    def add(
        self, name: str, value: float, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """One more round of a figure, and its goal."""
        row = self.rows.setdefault(name, Figure(at_most, at_least))
        row.rounds.append(value)

    def of(self, name: str) -> Sequence[float]:
        """The rounds of a figure; none where it was not measured."""
        return self.rows[name].rounds if name in self.rows else ()

    def ratio(
        self,
        name: str,
        above: str,
        below: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        """Two figures of the same rounds, one over the other; nothing where one was not measured."""
        for one, other in zip(self.of(above), self.of(below), strict=False):
            self.add(name, one / other, at_most=at_most, at_least=at_least)

    def table(self) -> str:
        """Medians, with the spread of the rounds in percent of them."""
        return "\n".join(
            f"{name:58}{_shown(row.median):>12} {f'(±{row.spread:.0%})':>8}  {row.verdict}".rstrip()
            for name, row in self.rows.items()
        )

    def json(self) -> dict[str, Any]:
        """All rounds of all figures, with their goals."""
        return {
            name: {
                "rounds": row.rounds,
                "median": row.median,
                "at_most": row.at_most,
                "at_least": row.at_least,
            }
            for name, row in self.rows.items()
        }


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"
