"""Cost against size as an SVG with logarithmic axes, written by hand: no plotting library for one picture."""

from math import log10

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 460, 70, 30, 210, 50
COLOURS = (
    "#1b6ca8",
    "#c0392b",
    "#27874b",
    "#8e44ad",
    "#b9770e",
    "#566573",
    "#0e8f8f",
    "#a93267",
    "#5d4037",
    "#2c3e50",
)

Series = dict[str, list[tuple[int, float]]]


def draw(series: Series) -> str:
    """The picture of nanoseconds against waiting items, a line for each label."""
    sizes = sorted({size for line in series.values() for size, _ in line})
    costs = [cost for line in series.values() for _, cost in line]
    low, high = int(log10(min(costs))), int(log10(max(costs))) + 1
    span = log10(sizes[-1] / sizes[0]) or 1.0

    def across(size: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(size / sizes[0]) / span

    def down(cost: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(cost) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18">Admission queue: nanoseconds by number of waiting tasks</text>',
    ]
    for power in range(low, high + 1):
        y = down(10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    for size in sizes:
        x = across(size)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eeeeee"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,}</text>')
    for number, (label, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{across(size):.1f},{down(cost):.1f}" for size, cost in line)
        y = TOP + 12 + 18 * number
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<path d="M{WIDTH - RIGHT + 12} {y - 4}h18" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 36}" y="{y}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])
