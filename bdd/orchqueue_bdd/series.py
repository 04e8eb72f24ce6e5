"""What a server's series say, read leniently, and how far they have moved since a scenario began to count.

The strict reading of an exposition is the kit's, and has checks of its own; here a value is taken wherever
one can be found, so that a fault of the format fails those checks alone. A series without a sample counts 0.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchqueue.kit import NotTestable
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

_SAMPLE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_FAMILY = re.compile(r"^# TYPE (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """One value of one series."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Reading:
    """One reading of /metrics."""

    samples: tuple[Sample, ...]
    families: frozenset[str]

    def total(self, name: str, **labels: str) -> float:
        """Add up the samples of that name that carry these labels."""
        return sum(sample.value for sample in self.of(name, **labels))

    def of(self, name: str, **labels: str) -> list[Sample]:
        """Give the samples of that name that carry these labels."""
        wanted = labels.items()
        return [s for s in self.samples if s.name == name and wanted <= s.labels.items()]


def read(text: str) -> Reading:
    """Take from an exposition what can be taken."""
    found = (_sample(match) for match in _SAMPLE.finditer(text))
    return Reading(tuple(s for s in found if s is not None), frozenset(_FAMILY.findall(text)))


def now(world: World) -> Reading:
    """Read the series of the scenario's server."""
    return read(world.scrape_text())


def begin_counting(world: World) -> None:
    """Remember the series as they are now, for `moved`."""
    world.memory["counted from"] = now(world)


def counted_from(world: World) -> Reading:
    """Give the series as they were when counting began. Raises ScenarioFault when it has not begun."""
    if "counted from" not in world.memory:
        raise ScenarioFault('no earlier line says "the series are counted from now on"')
    start: Reading = world.memory["counted from"]
    return start


def moved(world: World, name: str, **labels: str) -> float:
    """Give how far the series have moved since counting began."""
    start = counted_from(world).total(name, **labels)
    return now(world).total(name, **labels) - start


def require(world: World, holds: Callable[[Reading], bool]) -> None:
    """Read until the series hold. Raises NotTestable when they do not within a moment."""
    if not holds(eventually(lambda: now(world), holds)):
        raise NotTestable("the server's series never showed the state that the scenario needs")


def _sample(match: re.Match[str]) -> Sample | None:
    try:
        value = float(match["value"])
    except ValueError:
        return None
    return Sample(match["name"], dict(map(_label, _LABEL.findall(match["labels"] or ""))), value)


def _label(found: tuple[str, str]) -> tuple[str, str]:
    """Give a label with its value; a bucket's bound as a line names it, 50 for 50.0 too."""
    name, text = found
    try:
        return name, f"{float(text):g}" if name == "le" else text
    except ValueError:
        return name, text
