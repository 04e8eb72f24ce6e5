"""An engine is started whatever has become of its model's file."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service.digests import ModelDigests
from orchestratord.workers import FileIdentity, ModelFileError

REQUIREMENTS = ["OC-POOL-3042"]


def plant(patch: Patch) -> None:
    """Know each file, be it there or not."""
    patch(ModelDigests, "identity", _known)


def _known(real: Callable[..., Any]) -> Callable[..., Any]:
    async def identity(self: ModelDigests, path: str) -> FileIdentity:
        try:
            found: FileIdentity = await real(self, path)
        except ModelFileError:
            return FileIdentity(0, 0, 0, 0, folder=True)
        return found

    return identity
