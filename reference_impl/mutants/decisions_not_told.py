"""What policies decide is neither logged nor counted."""

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["OC-POLICY-4020"]


def plant(patch: Patch) -> None:
    """Say nothing."""
    patch(Ledger, "policy_decided", lambda _real: lambda *_, **__: None)
