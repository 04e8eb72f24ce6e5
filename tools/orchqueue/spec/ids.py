"""Requirement IDs: what one looks like, which family it belongs to, and how text that mentions them goes
wrong.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

ID = re.compile(r"(?:ORCH|OC(?:-[A-Z]+)+)-[0-9]{4,5}")

_HYPHENS = "‐‑‒–—−﹣-"  # noqa: RUF001 - the marks that word processors put for a hyphen are what is looked for
_CANDIDATE = re.compile(rf"(?<![\w-])(?:ORCH|OC)(?:[-{_HYPHENS}]\w+)+")
_RANGE = re.compile(
    rf"({ID.pattern})\s*(?:…|\.{{2,3}}|/|[-{_HYPHENS}]|\b(?:to|through)\b)\s*({ID.pattern}|[0-9]{{4,5}}\b)"
)


class Mention(NamedTuple):
    """An ID that a text names, or what is wrong with it. `offset` is where it begins in the text."""

    id: str
    offset: int
    fault: str = ""


def family(requirement: str) -> str:
    """`OC-CTRL` of `OC-CTRL-2011`."""
    return requirement.rpartition("-")[0]


def is_id(text: str) -> bool:
    """Whether the whole text is an ID."""
    return ID.fullmatch(text) is not None


def heading_id(text: str) -> str:
    """The ID that a heading begins with, or nothing."""
    match = _CANDIDATE.match(text)
    return match.group() if match is not None and is_id(match.group()) else ""


def mentions(text: str) -> Iterator[Mention]:
    """Every ID that a text names, in order; a range, a wrong hyphen and a malformed ID come with their fault.

    The name of a family (`OC-CTRL`, without a number) is plain text.
    """
    if "ORCH" not in text and "OC" not in text:
        return
    ranges = {match.start(): match for match in _RANGE.finditer(text)}
    skip_to = 0
    for match in _CANDIDATE.finditer(text):
        start = match.start()
        if start < skip_to:
            continue
        if start in ranges:
            skip_to = ranges[start].end()
            yield Mention(
                "", start, f"{ranges[start].group()!r} is a range: name each ID, so that it can be found"
            )
        elif is_id(match.group()):
            yield Mention(match.group(), start)
        elif fault := _fault(match.group()):
            yield Mention("", start, fault)


def _fault(candidate: str) -> str:
    plain = re.sub(f"[{_HYPHENS}]", "-", candidate)
    if not any(mark.isdigit() for mark in plain):
        return ""
    if plain != candidate and is_id(plain):
        return f"{candidate!r} has a hyphen that is not ASCII: write {plain}"
    return f"{candidate!r} is not an ID: they match (ORCH|OC(-[A-Z]+)+)-[0-9]{{4,5}}"
