"""What an engine says about itself."""

from dataclasses import dataclass

from orchestratord.core.tasks import Workload


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine says about itself.

    `slots` can run at once; `ctx` is per slot; `kv_usage` a ratio where it tells one. `workloads` None is
    all that its adapter can ask for.
    """

    version: str
    slots: int
    ctx: int
    model: str | None = None
    model_digest: str | None = None
    kv_usage: float | None = None
    workloads: frozenset[Workload] | None = None
