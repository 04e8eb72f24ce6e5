"""The graph of requirement IDs, and what it lacks.

Pure: reading files lives in `features`, `sources` and `observed`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchqueue.spec import Contract, Finding, Place, Requirement, pin_holds
from orchqueue.spec.finding import in_order
from orchqueue.spec.requirement import SHORTEST_PIN
from orchqueue.spec.shapes import IDENTIFIED, walk
from orchqueue.trace.citation import Citation
from orchqueue.trace.observed import Observed, declared

# The contracts whose nodes are checked by themselves: whatever an exchange, a stream or a scrape shows is
# held against the node, and so against the requirements that govern it.
_CHECKED_CONTRACTS = {"openapi": "provider", "events": "provider", "metrics": "metrics"}
_LITERAL_CHECKS = ("provider", "metrics", "lint", "inspection")


@dataclass(frozen=True, slots=True)
class Trace:
    """The graph and its gaps.

    `errors` are wrong in any case (IDs that no spec has, files that cannot be read); `gaps` are what
    `--strict` refuses. `run` tells whether a run was there to be looked at.
    """

    requirements: Mapping[str, Requirement]
    citations: tuple[Citation, ...]
    nodes: Mapping[str, tuple[str, ...]]
    errors: tuple[Finding, ...]
    gaps: tuple[Finding, ...]
    run: bool

    def text(self) -> str:
        """The trace as JSON on one line: what `build/trace.json` holds."""
        return json.dumps(self.document(), ensure_ascii=False) + "\n"

    def document(self) -> dict[str, Any]:
        """The trace as data: requirements by ID with all that names them, then what is wrong."""
        children: dict[str, list[str]] = {}
        for requirement in self.requirements.values():
            for parent in requirement.refines:
                children.setdefault(parent, []).append(requirement.id)
        cited: dict[str, list[Citation]] = {}
        for citation in self.citations:
            cited.setdefault(citation.id, []).append(citation)
        return {
            "requirements": {
                key: _row(
                    self.requirements[key], sorted(children.get(key, [])), cited.get(key, []), self.nodes
                )
                for key in sorted(self.requirements)
            },
            "errors": [_shown(finding) for finding in self.errors],
            "gaps": [_shown(finding) for finding in self.gaps],
            "run": self.run,
        }


def build_trace(
    requirements: Mapping[str, Requirement],
    contracts: Mapping[str, Contract],
    citations: Iterable[Citation],
    observed: Observed | None,
    faults: Iterable[Finding] = (),
) -> Trace:
    """Join what was read.

    `faults` are the readers' own: those of rule `scenario` are gaps, the others errors.
    """
    citations = tuple(sorted(citations))
    faults = list(faults)
    nodes, kinds = governed(contracts)
    checked = _checked(citations, kinds)
    errors = [fault for fault in faults if fault.rule != "scenario"]
    errors += [_orphan(citation) for citation in citations if citation.id not in requirements]
    gaps = [fault for fault in faults if fault.rule == "scenario"]
    gaps += [gap for citation in citations if (gap := _stale(citation, requirements)) is not None]
    gaps += [
        gap for requirement in requirements.values() if (gap := _unchecked(requirement, checked)) is not None
    ]
    gaps += _unobserved(contracts, observed)
    return Trace(requirements, citations, nodes, in_order(errors), in_order(gaps), observed is not None)


def governed(contracts: Mapping[str, Contract]) -> tuple[dict[str, tuple[str, ...]], set[tuple[str, str]]]:
    """The contract nodes of each requirement, and (ID, check kind) for those checked by themselves."""
    nodes: dict[str, list[str]] = {}
    kinds: set[tuple[str, str]] = set()
    for name, contract in contracts.items():
        for kind, path, node in walk(name, contract.root):
            if kind in IDENTIFIED:
                for key in node.ids:
                    nodes.setdefault(key, []).append(f"{name}#/{'/'.join(map(_escaped, path))}")
                    if name in _CHECKED_CONTRACTS:
                        kinds.add((key, _CHECKED_CONTRACTS[name]))
    return {key: tuple(sorted(paths)) for key, paths in nodes.items()}, kinds


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _checked(citations: Iterable[Citation], kinds: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Every (ID, check kind) for which there is a check."""
    checked = set(kinds)
    for citation in citations:
        if citation.kind == "literal":
            checked.update((citation.id, kind) for kind in _LITERAL_CHECKS)
        elif citation.check:
            checked.add((citation.id, citation.check))
    return checked


def _orphan(citation: Citation) -> Finding:
    return Finding(*citation.place, f"{citation.id} is in no spec", "orphan")


def _stale(citation: Citation, requirements: Mapping[str, Requirement]) -> Finding | None:
    requirement = requirements.get(citation.id)
    if requirement is None:
        return None
    if requirement.withdrawn is not None and citation.kind != "code":
        message = f"{citation.id} is withdrawn: {requirement.withdrawn}"
        return Finding(*citation.place, message, "withdrawn")
    if citation.pin == "" or pin_holds(citation.pin, requirement.revision):
        return None
    if len(citation.pin) < SHORTEST_PIN:
        message = f"the pin {citation.pin!r} of {citation.id} is too short: at least {SHORTEST_PIN} digits"
    else:
        message = f"{citation.id} is pinned at {citation.pin}, and the spec is at {requirement.revision}"
    return Finding(*citation.place, f"{message}; read {requirement.source}", "pin")


def _unchecked(requirement: Requirement, checked: set[tuple[str, str]]) -> Finding | None:
    if requirement.level != "MUST" or requirement.withdrawn is not None or requirement.excluded is not None:
        return None
    missing = [kind for kind in requirement.checked_by if (requirement.id, kind) not in checked]
    if not missing:
        return None
    message = f"{requirement.id} says it is checked by {' and '.join(missing)}, and nothing does"
    return Finding(*requirement.place, message, "unchecked")


def _unobserved(contracts: Mapping[str, Contract], observed: Observed | None) -> Iterable[Finding]:
    if observed is None:
        return
    for response in declared(contracts):
        if observed.judges(response) and not observed.covers(response):
            message = f"{response.operation} declares {response.status}, which no check observed"
            yield Finding(*response.place, f"{message} ({', '.join(response.ids)})", "unobserved")


def _shown(finding: Finding) -> dict[str, object]:
    return {"file": finding.file, "line": finding.line, "rule": finding.rule, "message": finding.message}


def _row(
    requirement: Requirement, children: list[str], cited: list[Citation], nodes: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    return {
        "source": requirement.source,
        "revision": requirement.revision,
        "level": requirement.level or None,
        "checked_by": list(requirement.checked_by),
        "refines": list(requirement.refines),
        "refined_by": children,
        "contract": list(nodes.get(requirement.id, ())),
        "scenarios": [_place(c) | ({"pin": c.pin} if c.pin else {}) for c in cited if c.kind == "scenario"],
        "tests": [_place(c) | {"kind": c.check} for c in cited if c.kind == "test"],
        "checks": [_place(c) for c in cited if c.kind == "literal"],
        "code": [_place(c) for c in cited if c.kind == "code"],
    }


def _place(citation: Citation) -> dict[str, Any]:
    name: dict[str, Any] = {"name": citation.name} if citation.name else {}
    place: Place = citation.place
    return {"file": place.file, "line": place.line, **name}
