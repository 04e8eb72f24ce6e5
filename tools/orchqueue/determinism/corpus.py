"""The prompts and seeds that servers are held to: 64 of them, the same in every release."""

# OC-TEST-7003
from dataclasses import dataclass
from hashlib import sha256

SIZE = 64
SEEDS = 2**32 - 1  # the contract's largest seed is one less; llama.cpp takes this one for chance

_PROMPTS = (
    "Once upon a time there was a lighthouse whose keeper could not sleep.",
    "def median(values):\n    ",
    "List five rivers of Europe, each with the sea that it flows into.",
    "The quick brown fox",
    "Erzähle eine Geschichte über einen Fluß, der rückwärts fließt.",
    "用一句话解释排队论。",
    '{"name": "orchqueue", "tags": [',
    " ",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One prompt with a seed; `number` counts from 0."""

    number: int
    prompt: str
    seed: int


def _seed(number: int) -> int:
    """Every size of seed: the two ends, and what a digest gives for the others."""
    ends = {0: 0, 1: 1, 2: SEEDS - 1}
    drawn = int.from_bytes(sha256(f"orchqueue determinism {number}".encode()).digest()[:4], "big") % SEEDS
    return ends.get(number, drawn)


CORPUS = tuple(Case(number, _PROMPTS[number % len(_PROMPTS)], _seed(number)) for number in range(SIZE))
