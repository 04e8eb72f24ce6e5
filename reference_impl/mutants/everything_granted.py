"""A module may import whatever it likes."""

from typing import Any

from mutants._planting import Patch
from orchestratord.policy import module, sandbox

REQUIREMENTS = ["OC-POLICY-4010"]


def plant(patch: Patch) -> None:
    """Give what nobody granted."""
    patch(module, "_foreign_imports", lambda _real: lambda *_: [])
    patch(sandbox.Sandbox, "compiled", _noted)
    patch(sandbox.Sandbox, "linker", _wrong)


def _noted(real: Any) -> Any:
    def compiled(self: Any, data: bytes) -> Any:
        self._last = real(self, data)
        return self._last

    return compiled


def _wrong(real: Any) -> Any:
    def linker(self: Any, grants: Any) -> Any:
        given = real(self, grants)
        given.define_unknown_imports_as_traps(self._last)
        return given

    return linker
