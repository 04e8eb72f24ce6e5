"""Want of the host's memory is told as want of the GPU's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools import exits
from orchestratord.core.pools.exits import FailureCause, Verdict

REQUIREMENTS = ["ORCH-3039"]


def plant(patch: Patch) -> None:
    """Judge one as the other."""
    patch(exits, "judge_words", _confused)


def _confused(real: Callable[..., Any]) -> Callable[..., Verdict | None]:
    def judge_words(said: Any) -> Verdict | None:
        verdict: Verdict | None = real(said)
        if verdict is None or verdict.cause is not FailureCause.OOM_HOST:
            return verdict
        return replace(verdict, cause=FailureCause.OOM_VRAM, message=exits._SAID[FailureCause.OOM_VRAM])

    return judge_words
