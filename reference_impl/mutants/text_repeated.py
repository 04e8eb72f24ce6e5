"""Where an engine sends the whole text so far with every item, all of it is passed on again and again."""

from mutants._planting import Patch
from orchestratord.adapters.growth import Growth

REQUIREMENTS = ["OC-ADAPT-5060"]


def plant(patch: Patch) -> None:
    """Take every item for new text."""
    patch(Growth, "feed", lambda _real: lambda _growth, text: [text] if text else [])
