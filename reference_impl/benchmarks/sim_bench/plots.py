"""Plots as SVG that needs nothing beside itself: points, lines and bars in one frame."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import log10

WIDTH, HEIGHT, EDGE = 520, 380, 60
COLOURS = ("#1b6ca8", "#c8553d", "#5b8e3e", "#8a5a9e")

Scale = Callable[[float], float]


def linear(low: float, high: float) -> Scale:
    """Shares of an axis from low to high."""
    return lambda value: (value - low) / (high - low)


def logarithmic(low: float, high: float) -> Scale:
    """Shares of an axis from low to high, both above 0."""
    return lambda value: (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))


class Plot:
    """One frame with axes; `x` and `y` map values to shares from 0 to 1."""

    def __init__(
        self, title: str, x: tuple[str, Scale, Sequence[float]], y: tuple[str, Scale, Sequence[float]]
    ):
        self._x, self._y = x[1], y[1]
        self._parts = [
            f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="15">{escape(title)}</text>'
        ]
        self._axes(x, y)
        self._legend = 0

    def line(self, points: Iterable[tuple[float, float]], colour: str = "#999", dashes: str = "") -> None:
        """Join points."""
        path = " ".join(f"{self._left(x):.1f},{self._top(y):.1f}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="{dashes}"/>'
        )

    def dots(self, points: Iterable[tuple[float, float]], colour: str, radius: float = 4) -> None:
        """Mark points."""
        self._parts += [
            f'<circle cx="{self._left(x):.1f}" cy="{self._top(y):.1f}" r="{radius}" fill="{colour}"/>'
            for x, y in points
        ]

    def legend(self, text: str, colour: str) -> None:
        """Say what a colour stands for."""
        top = EDGE + 14 + 18 * self._legend
        self._legend += 1
        self._parts.append(
            f'<rect x="{EDGE + 10}" y="{top - 9}" width="10" height="10" fill="{colour}"/>'
            f'<text x="{EDGE + 26}" y="{top}" font-size="12">{escape(text)}</text>'
        )

    def svg(self) -> str:
        """The whole picture."""
        body = "\n".join(self._parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
        )

    def _left(self, value: float) -> float:
        return EDGE + self._x(value) * (WIDTH - 2 * EDGE)

    def _top(self, value: float) -> float:
        return HEIGHT - EDGE - self._y(value) * (HEIGHT - 2 * EDGE)

    def _axes(self, x: tuple[str, Scale, Sequence[float]], y: tuple[str, Scale, Sequence[float]]) -> None:
        low, right = HEIGHT - EDGE, WIDTH - EDGE
        self._parts.append(f'<path d="M{EDGE} {EDGE}V{low}H{right}" fill="none" stroke="#333"/>')
        for tick in x[2]:
            self._text(self._left(tick), low + 18, f"{tick:g}", "middle")
        for tick in y[2]:
            self._text(EDGE - 8, self._top(tick) + 4, f"{tick:g}", "end")
        self._text(WIDTH / 2, HEIGHT - 16, x[0], "middle")
        self._text(18, HEIGHT / 2, y[0], "middle", f'transform="rotate(-90 18 {HEIGHT / 2})"')

    def _text(self, left: float, top: float, text: str, anchor: str, more: str = "") -> None:
        place = f'x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" {more}'
        self._parts.append(f'<text font-size="12" {place}>{escape(text)}</text>')
