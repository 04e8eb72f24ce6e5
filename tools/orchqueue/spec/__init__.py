"""The specs: read, judged, written out as requirements and contracts, compared.

`load(root)` gives `Specs`; everything else works on those. The commands are in `commands`.
"""

from orchqueue.spec.contract import Contract
from orchqueue.spec.errors import SpecError
from orchqueue.spec.finding import Finding, Place
from orchqueue.spec.outputs import Changes, apply, differences, render
from orchqueue.spec.requirement import Requirement, pin_holds
from orchqueue.spec.specs import Specs, load, load_texts

__all__ = [
    "Changes",
    "Contract",
    "Finding",
    "Place",
    "Requirement",
    "SpecError",
    "Specs",
    "apply",
    "differences",
    "load",
    "load_texts",
    "pin_holds",
    "render",
]
