"""What differs between two configurations, and what of that a running server can take.

Both are whole: their defaults are filled in, and references to secrets stand in them as references. Values
never leave this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "changed"]
Place = tuple[str, ...]

ANY = "*"
NAMES: Mapping[Place, str] = {
    ("keys",): "id",
    ("tenants",): "id",
    ("pools",): "id",
    ("pools", ANY, "workers"): "id",
    ("sampler_profiles",): "version",
}
"""What tells the entries of a list apart; other lists are compared as they stand."""

# OC-CONFIG-6009
RENEWABLE: tuple[Place, ...] = (
    ("keys",),
    ("tenants",),
    ("policy",),
    ("log", "level"),
    ("server", "grace_ms"),
    ("server", "limits", "streams_per_key"),
    ("streams",),
    ("sessions",),
    ("pools", ANY, "workers"),
    ("pools", ANY, "queue", "capacity"),
    ("pools", ANY, "queue", "full_policy"),
    ("pools", ANY, "queue", "age_ms"),
    ("pools", ANY, "watchdog"),
    ("pools", ANY, "objectives"),
    ("pools", ANY, "preemption"),
    ("pools", ANY, "max_tokens"),
    ("pools", ANY, "cancel_on_disconnect"),
    ("pools", ANY, "timeouts", "retries"),
    ("pools", ANY, "model_paths"),
)
POLICY_MODULES: Place = ("policy", "modules")
RENEWABLE_WHOLE: Mapping[Place, frozenset[Kind]] = {
    ("pools", ANY): frozenset({"added", "removed"}),
    ("sampler_profiles", ANY): frozenset({"added"}),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. `path` is a JSON pointer into the new configuration, or into the old one where
    the place is gone; `name` is the same with the ids of entries in the place of their numbers.
    """

    path: str
    name: str
    kind: Kind
    needs_restart: bool
    before: Any = None
    after: Any = None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """All places that differ, in the order of their paths."""
    return sorted(_in_mapping(before, after, _Where()), key=lambda change: change.path)


@dataclass(frozen=True, slots=True)
class _Where:
    """A place on the way: how it is found, how it is called, and which kind of place it is."""

    path: str = ""
    name: str = ""
    kind: Place = ()

    def member(self, name: str) -> "_Where":
        return _Where(
            f"{self.path}/{_escaped(name)}", f"{self.name}.{name}" if self.name else name, (*self.kind, name)
        )

    def entry(self, number: int, name: str) -> "_Where":
        return _Where(f"{self.path}/{number}", f"{self.name}.{name}", (*self.kind, ANY))

    def change(self, kind: Kind, before: Any = None, after: Any = None) -> Change:
        renewable = any(self.kind[: len(place)] == place for place in RENEWABLE)
        renewable = renewable or kind in RENEWABLE_WHOLE.get(self.kind, ())
        if self.kind == POLICY_MODULES and not before:
            renewable = False  # OC-POLICY-4015: a server without modules has nothing that could run them
        return Change(self.path, self.name, kind, not renewable, before, after)


def _in_mapping(before: Mapping[str, Any], after: Mapping[str, Any], where: _Where) -> Iterator[Change]:
    for name in {**before, **after}:
        at = where.member(name)
        if name not in after:
            yield at.change("removed", before=before[name])
        elif name not in before:
            yield at.change("added", after=after[name])
        else:
            yield from _between(before[name], after[name], at)


def _between(before: Any, after: Any, where: _Where) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_mapping(before, after, where)
    elif where.kind in NAMES:
        yield from _in_list(before, after, where, NAMES[where.kind])
    elif before != after:
        yield where.change("changed", before, after)


def _in_list(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], where: _Where, by: str
) -> Iterator[Change]:
    old = {entry[by]: (number, entry) for number, entry in enumerate(before)}
    new = {entry[by]: (number, entry) for number, entry in enumerate(after)}
    for name, (number, entry) in old.items():
        if name not in new:
            yield where.entry(number, name).change("removed", before=entry)
    for name, (number, entry) in new.items():
        at = where.entry(number, name)
        if name not in old:
            yield at.change("added", after=entry)
        else:
            yield from _in_mapping(old[name][1], entry, at)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
