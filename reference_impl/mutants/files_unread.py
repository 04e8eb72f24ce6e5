"""The files of a model are not read when it is verified."""

from mutants._planting import Patch
from orchestratord.service.vetting import Vetting

REQUIREMENTS = ["ORCH-3037", "OC-CAT-4208"]


def plant(patch: Patch) -> None:
    """Find nothing wrong with any file."""
    patch(Vetting, "_files", lambda _real: lambda *_: [])
