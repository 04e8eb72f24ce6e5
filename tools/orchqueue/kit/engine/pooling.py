"""What an engine answers to an embedding and a rerank: vectors of texts and scores of pairs. Pure."""

import hashlib
import math
import random
import struct

DIMENSIONS = 16


def vector(text: str) -> list[float]:
    """Return a text's embedding: `DIMENSIONS` float32 values of length 1, always the same for a text."""
    source = random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - numbers, not a secret
    values = [source.gauss(0.0, 1.0) for _ in range(DIMENSIONS)]
    length = math.sqrt(sum(value * value for value in values))
    return [_float32(value / length) for value in values]


def score(query: str, document: str) -> float:
    """Return how well a document answers a query: a float32 in (0, 1), always the same for a pair."""
    digest = hashlib.sha256(f"{len(query)}:{query}{document}".encode()).digest()
    return (int.from_bytes(digest[:3], "big") // 2 + 0.5) / 2**23


def _float32(value: float) -> float:
    """Round as an engine's arithmetic does, so that JSON and base64 give the same number."""
    rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return rounded
