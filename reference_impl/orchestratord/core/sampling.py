"""How an engine is told to sample: named profiles of settings, and the seed of a task that names none."""

from dataclasses import dataclass
from hashlib import sha256

SEEDS = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SamplerProfile:
    """A named set of sampler settings; the defaults are those of profile `v1`."""

    version: str = "v1"
    temperature: float = 0.8
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    stop: tuple[str, ...] = ()


def seed_for(task_id: str, seed: int | None) -> int:
    """The task's own seed, or the one that its id gives: the first 4 bytes of its SHA-256 modulo
    2**32 - 1.
    """
    # OC-ADAPT-5010
    if seed is not None:
        return seed
    return int.from_bytes(sha256(task_id.lower().encode()).digest()[:4], "big") % SEEDS
