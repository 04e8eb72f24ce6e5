"""Paths that the contract does not have are served."""

from mutants._planting import Patch
from orchestratord.http.paths import PathTable
from orchqueue_contract.operations import OPERATIONS

REQUIREMENTS = ["OC-ADAPT-5002", "OC-ADAPT-5021", "OC-CTRL-2004", "OC-CTRL-2062", "ORCH-3044"]


def plant(patch: Patch) -> None:
    """Answer unknown paths as the tasks' own."""
    served = {"POST": OPERATIONS["createTask"], "GET": OPERATIONS["createTask"]}
    patch(PathTable, "methods", lambda real: lambda *asked: real(*asked) or served)
