"""An embedding or a ranking at an engine, and what becomes of its result: an artifact.

It is one answer and no stream; how it may fail and be tried again is `relay`'s, as for any task.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from orchestratord.adapters import EngineAdapter, Others
from orchestratord.core.artifacts import canonical
from orchestratord.core.tasks import TaskSpec
from orchestratord.service.archive import Draft

BYTES_PER_NUMBER = 20


class Computed(NamedTuple):
    """A result as it is to be stored; `tokens_in` is the engine's count, None where it gave none."""

    draft: Draft
    tokens_in: int | None


class Computation:
    """One request, from before it is sent until the engine has nothing of it any more."""

    def __init__(self, adapter: EngineAdapter, spec: TaskSpec) -> None:
        self._adapter = adapter
        self._spec = spec

    async def result(self) -> Computed:
        """Ask the engine. Cancelling it ends the request there. Raises EngineFailure."""
        # OC-CTRL-2073
        spec = self._spec
        if spec.workload == "embedding":
            made = await self._adapter.embed(spec.inputs)
            numbers = sum(map(len, made.vectors))
            return Computed(_draft("embeddings", made.vectors, numbers), made.tokens_in)
        ranks = await self._adapter.rerank(spec.prompt, spec.inputs)
        return Computed(_draft("scores", ranks.scores, len(ranks.scores)), ranks.tokens_in)

    async def wait_idle(self, others: Others) -> bool:
        """After `result` was cancelled: wait until the engine shows the slot idle; False: it cannot tell."""
        return await self._adapter.wait_idle(others)


def _draft(name: str, values: Sequence[Any], numbers: int) -> Draft:
    return Draft("other", lambda: canonical({name: values}), numbers * BYTES_PER_NUMBER)
