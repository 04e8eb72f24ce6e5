"""Modules that cannot be loaded are left out, and the server starts without them."""

from typing import Any

from mutants._planting import Patch
from orchestratord.policy import host
from orchestratord.policy.errors import ModuleError
from orchestratord.policy.module import load

REQUIREMENTS = ["OC-POLICY-4002", "OC-POLICY-4003", "OC-POLICY-4010"]


def plant(patch: Patch) -> None:
    """Load what can be loaded."""
    patch(host.PolicyHost, "__init__", _wrong)


def _wrong(real: Any) -> Any:
    def init(self: Any, plan: Any) -> None:
        real(self, type(plan)((), plan.limits))
        for entry in plan.modules:
            try:
                self.modules = (*self.modules, load(entry, self._sandbox))
            except ModuleError:
                continue

    return init
