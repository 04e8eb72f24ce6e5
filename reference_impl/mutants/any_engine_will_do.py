"""A task for an engine that nobody has is taken for llama.cpp's."""

import re
from typing import Any

from mutants._planting import Patch
from orchestratord.http import bodies

REQUIREMENTS = ["ORCH-2008"]
ENGINE = re.compile(rb'"engine": *"[^"]*"')


def plant(patch: Patch) -> None:
    """Read every engine as that one."""
    patch(bodies, "read", _as_llamacpp)


def _as_llamacpp(real: Any) -> Any:
    def read(body: Any, *more: Any) -> Any:
        return real(type(body)(ENGINE.sub(b'"engine":"llamacpp"', body.raw), body._decode), *more)

    return read
