"""What the tests of mutants share: the contract, and mutants and scenarios by hand."""

from typing import Any

import pytest

from orchqueue.mutate.mutants import Kind, Mutant
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.workplace import Case
from orchqueue.verify.contract import Contract
from orchqueue_contract import load


def make_mutant(name: str = "field:a.b", *ids: str, kind: Kind = Kind.WIRE, digest: str = "d") -> Mutant:
    mutation = Mutation("body", "drop", (Site("/a"),), "b") if kind is Kind.WIRE else None
    return Mutant(name, kind, "drop", frozenset(ids or ("OC-CTRL-2011",)), {"wire": {}}, digest, mutation)


def make_case(name: str = "a full queue", *ids: str, **changes: Any) -> Case:
    fields: dict[str, Any] = {
        "place": f"features/queue/full.feature:{len(name)}",
        "path": "features/queue/full.feature",
        "name": name,
        "ids": frozenset(ids or ("OC-CTRL-2011",)),
        "server": "standard",
        "digest": "s",
    }
    return Case(**{**fields, **changes})


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(load("openapi"), load("events"), load("errors"))
