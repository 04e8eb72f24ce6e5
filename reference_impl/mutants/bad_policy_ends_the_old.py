"""Where new modules cannot be loaded, none is asked any more."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.errors import ConfigurationError
from orchestratord.policy.host import PolicyHost
from orchestratord.service import policies

REQUIREMENTS = ["OC-POLICY-4015"]


def plant(patch: Patch) -> None:
    """Begin anew before it is known whether that can be."""
    patch(policies.Policies, "renew", _wrong)


def _wrong(real: Any) -> Any:
    async def renew(self: Any, plan: Any) -> None:
        try:
            PolicyHost(plan).close()
        except ConfigurationError as error:
            self._ledger.policies_kept(error.problems)
            self._host.modules = ()
            return
        await real(self, plan)

    return renew
