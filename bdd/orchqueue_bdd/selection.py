"""Which scenarios a run holds, and in which order: chosen, shuffled, and grouped by server.

Pure over behave's models. A scenario names its server in its first step that matches `SERVER_SENTENCE`
(`Given the server "standard"`, mostly in a Background); one that names none starts what it needs by itself.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar

from orchqueue.verify.runspec import RunSpec

Item = TypeVar("Item")

SERVER_SENTENCE = 'the server "{name}"'
NO_SERVER = ""
SMOKE = "smoke"
EXPLORE = "explore"

_SERVER = re.compile('the server "(?P<name>[^"]+)"')
_ID = re.compile(r"(?:ORCH|OC(?:-[A-Z]+)+)-[0-9]{4,5}")
_PIN = re.compile(rf"(?P<id>{_ID.pattern})\.rev=(?P<revision>[0-9a-f]+)")


@dataclass(frozen=True)
class Case:
    """One scenario of the run. `place` is its file and line, `features/core/tasks.feature:12`."""

    feature: Any
    scenario: Any
    place: str
    server: str
    ids: tuple[str, ...]
    pins: dict[str, str]
    tags: frozenset[str]

    @property
    def path(self) -> str:
        """The file, relative to the suite."""
        return self.place.rpartition(":")[0]


@dataclass(frozen=True)
class Slice:
    """Scenarios of one feature that run one after the other on one server."""

    server: str
    feature: Any
    cases: tuple[Case, ...]

    @property
    def filename(self) -> str:
        """The feature's file, which behave asks for."""
        return str(self.feature.filename)

    @property
    def unit(self) -> str:
        """What is not dealt out in parts: the server, or the feature where its scenarios start their own."""
        return self.server or self.filename

    def run(self, runner: Any) -> bool:
        """Run just these scenarios of the feature, and say whether one failed."""
        self.feature.run_items = [case.scenario for case in self.cases]
        return bool(self.feature.run(runner))


def cases(feature: Any, path: PurePath) -> list[Case]:
    """Give the scenarios of a feature, those of outlines and rules included."""
    return [_case(feature, scenario, path) for scenario in feature.walk_scenarios()]


def digest(case: Case) -> str:
    """Give the digest of what a scenario does: of its steps with their tables and texts, and of its tags."""
    lines = [" ".join(case.ids)]
    for step in case.scenario.all_steps:
        lines += [f"{step.keyword} {step.name}", str(step.text or "")]
        lines += [" | ".join(row.cells) for row in step.table] if step.table else []
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def may_hold(spec: RunSpec) -> Callable[[str], bool]:
    """Say of the text of a feature whether a scenario of it can be what the run spec asks for by its tags.

    Reading all features takes as long as running the few that are asked for.
    """
    kinds = [f"@{name}" for name, asked in ((SMOKE, spec.smoke), (EXPLORE, spec.explore)) if asked]
    ids = [f"@{identifier}" for identifier in spec.requirements]

    def holds(text: str) -> bool:
        return all(tag in text for tag in kinds) and (not ids or any(tag in text for tag in ids))

    return holds


def chosen(spec: RunSpec, is_claimed: Callable[[str], bool]) -> Callable[[Case], bool]:
    """Say what the run spec asks for; scenarios that speak of unclaimed profiles only are left out."""

    def holds(case: Case) -> bool:
        return (
            (not spec.only or case.place in spec.only)
            and (not spec.features or any(_below(case.path, wanted) for wanted in spec.features))
            and (not spec.requirements or not set(spec.requirements).isdisjoint(case.ids))
            and (not spec.smoke or SMOKE in case.tags)
            and spec.explore is (EXPLORE in case.tags)
            and (not case.ids or any(is_claimed(identifier) for identifier in case.ids))
        )

    return holds


def ordered(selected: Iterable[Case], seed: int) -> list[Slice]:
    """Shuffle servers, features within a server and scenarios within a feature, always alike for one seed."""
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    groups: dict[str, dict[str, list[Case]]] = {}
    for case in sorted(selected, key=lambda case: (case.path, case.scenario.line)):
        groups.setdefault(case.server, {}).setdefault(case.path, []).append(case)
    return [
        Slice(server, members[0].feature, tuple(_shuffled(members, chance)))
        for server, features in _shuffled(sorted(groups.items()), chance)
        for _, members in _shuffled(list(features.items()), chance)
    ]


def units(slices: Sequence[Slice], pace: Callable[[str], float]) -> list[list[Slice]]:
    """Part the slices into what is run in one go, each part in the order given, the longest part first.

    Those of one server go together, those without one by their feature. `pace` tells how long a scenario on
    a server takes, in any unit.
    """
    parts: dict[str, list[Slice]] = {}
    for one in slices:
        parts.setdefault(one.unit, []).append(one)
    return sorted(parts.values(), key=lambda part: -sum(len(one.cases) * pace(one.server) for one in part))


def _case(feature: Any, scenario: Any, path: PurePath) -> Case:
    tags = frozenset(str(tag) for tag in scenario.effective_tags)
    pins = {match["id"]: match["revision"] for tag in sorted(tags) if (match := _PIN.fullmatch(tag))}
    ids = {tag for tag in tags if _ID.fullmatch(tag)} | set(pins)
    place = f"{path.as_posix()}:{scenario.line}"
    return Case(feature, scenario, place, _server(scenario), tuple(sorted(ids)), pins, tags)


def _server(scenario: Any) -> str:
    for step in scenario.all_steps:
        if match := _SERVER.fullmatch(step.name):
            return match["name"]
    return NO_SERVER


def _below(path: str, wanted: str) -> bool:
    return PurePath(path).is_relative_to(wanted) or PurePath(path).is_relative_to(
        PurePath("features", wanted)
    )


def _shuffled(items: Sequence[Item], chance: random.Random) -> list[Item]:
    return chance.sample(items, len(items))
