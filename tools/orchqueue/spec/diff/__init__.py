"""What changed between two states of the specs: `compare(old, new)`. The rules stand in the modules'
docstrings.
"""

from orchqueue.spec.diff.change import Change, Impact, in_order
from orchqueue.spec.diff.contracts import compare_contracts
from orchqueue.spec.diff.requirements import compare_requirements
from orchqueue.spec.specs import Specs

__all__ = ["Change", "Impact", "compare"]


def compare(old: Specs, new: Specs) -> tuple[Change, ...]:
    """Every change of a requirement or of a node of a contract, the heaviest first."""
    return in_order(
        [
            *compare_requirements(old.requirements, new.requirements),
            *compare_contracts(old.contracts, new.contracts),
        ]
    )
