"""All mutants: those that the contract gives by itself, those written by hand, and the control.

A wire mutant also concerns what its requirements refine: who breaks how a task is cancelled breaks that it
can be.
"""

import ast
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from orchqueue.mutate import derive
from orchqueue.mutate.errors import MutateError
from orchqueue.mutate.mutation import Mutation
from orchqueue.verify.contract import Contract
from orchqueue.verify.verdicts import ALWAYS_JUDGED, WIRE_KINDS
from orchqueue_contract.requirement_ids import REQUIREMENTS, Requirement

FOLDER = Path("reference_impl/mutants")
REQUIREMENTS_NAME = "REQUIREMENTS"


class Kind(StrEnum):
    """How a mutant is made."""

    CONTROL = "control"
    WIRE = "wire"
    NAMED = "named"


@dataclass(frozen=True)
class Mutant:
    """A server that is wrong: its name, what is wrong with it, and whose checks must catch it.

    `on` is what the switch is put to, `digest` changes when the mutant does.
    """

    name: str
    kind: Kind
    says: str
    requirements: frozenset[str]
    on: Mapping[str, Any]
    digest: str
    mutation: Mutation | None = None


CONTROL = Mutant("control", Kind.CONTROL, "nothing", frozenset(), {}, "")


def demanded(profiles: Collection[str]) -> dict[str, Requirement]:
    """Give the requirements that need a mutant: each MUST that the wire shows of such a server."""
    return {
        name: requirement
        for name, requirement in sorted(REQUIREMENTS.items())
        if requirement.level == "MUST" and requirement.subject == "server" and judged(name, profiles)
    }


def judged(identifier: str, profiles: Collection[str]) -> bool:
    """Say whether the wire can show a requirement, of a server with these profiles."""
    requirement = REQUIREMENTS.get(identifier)
    return (
        requirement is not None
        and requirement.excluded is None
        and requirement.withdrawn is None
        and requirement.profile in {ALWAYS_JUDGED, *profiles}
        and not set(WIRE_KINDS).isdisjoint(requirement.checked_by)
    )


def wire(contract: Contract, metrics: Mapping[str, Any], seed: int) -> list[Mutant]:
    """Give the mutants that the contract gives, of whatever profile."""
    found = []
    for item in derive.items(contract, metrics["labels"], metrics["series"]):
        mutation = item.mutation(seed)
        text = mutation.text()
        found.append(
            Mutant(
                item.name,
                Kind.WIRE,
                _said(mutation),
                frozenset(_with_refined(item.ids)),
                {"wire": mutation.data()},
                hashlib.sha256(text.encode()).hexdigest()[:12],
                mutation,
            )
        )
    return found


def named(folder: Path) -> list[Mutant]:
    """Give the mutants of a folder of modules, which are read and not imported.

    Raises MutateError for one that does not say what is wrong with it, or names what no spec has.
    """
    if not folder.is_dir():
        raise MutateError(
            f"there are no mutants in {folder}: run this in the working tree, or give its --root"
        )
    return [_module(path) for path in sorted(folder.glob("[!_]*.py"))]


def _module(path: Path) -> Mutant:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    says = (ast.get_docstring(tree) or "").partition("\n")[0].rstrip(".")
    requirements = frozenset(_assigned(tree))
    unknown = sorted(requirements - set(REQUIREMENTS))
    if not says or not requirements or unknown:
        wrong = f"names {', '.join(unknown)}, which no spec has" if unknown else "says too little"
        due = f"its first line tells what is wrong with the server, {REQUIREMENTS_NAME} whom it concerns"
        raise MutateError(f"{path} {wrong}: {due}")
    name = path.stem.replace("_", "-")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Mutant(name, Kind.NAMED, says, requirements, {"named": name}, digest)


def _assigned(tree: ast.Module) -> Iterable[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == REQUIREMENTS_NAME:
            value = ast.literal_eval(node.value)
            return [str(each) for each in value]
    return []


def _with_refined(ids: Iterable[str]) -> set[str]:
    found, todo = set(), list(ids)
    while todo:
        identifier = todo.pop()
        if identifier in REQUIREMENTS and identifier not in found:
            found.add(identifier)
            todo += REQUIREMENTS[identifier].refines
    return found


def _said(mutation: Mutation) -> str:
    becomes = f" to {mutation.to}" if mutation.to != "" and mutation.part != "label" else ""
    return f"{mutation.operator}{becomes}"
