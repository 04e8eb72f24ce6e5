"""A change of a model's state is answered with 202, and nothing changes."""

from mutants._planting import Patch
from orchestratord.service.catalog import Catalog

REQUIREMENTS = ["ORCH-3069", "ORCH-3072", "ORCH-3073", "OC-CAT-4210", "OC-CAT-4213"]


def plant(patch: Patch) -> None:
    """Judge and log the change, and keep the model as it was."""

    def still(_real: object) -> object:
        async def nothing(*_: object) -> None:
            return

        return nothing

    patch(Catalog, "_move", still)
