# Written by `orchqueue gen`; an edit here is lost.

"""Checks that several generated modules share."""

import re
from collections.abc import Hashable, Sequence

__all__ = ["python_pattern", "require_unique"]


def python_pattern(pattern: str) -> str:
    """A pattern of ECMA-262, in which `$` is the very end, for `re`, in which it also stands before a last line feed."""
    return re.sub(
        r"\\.|\[(?:\\.|[^\]\\])*\]|\$",
        lambda found: r"\Z" if found[0] == "$" else found[0],
        pattern,
        flags=re.DOTALL,
    )


def require_unique(values: Sequence[Hashable]) -> None:
    """Raise ValueError when two values are equal."""
    if len(set(values)) != len(values):
        raise ValueError("Expected items that differ from each other")
