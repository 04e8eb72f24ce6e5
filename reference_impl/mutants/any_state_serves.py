"""Every model of the catalog serves every session, whatever its state."""

from mutants._planting import Patch
from orchestratord.core.catalog import routing

REQUIREMENTS = ["ORCH-3070", "OC-CAT-4211", "OC-CAT-4212"]


def plant(patch: Patch) -> None:
    """Refuse nobody."""
    patch(routing, "_refusal", lambda _real: lambda *_: None)
