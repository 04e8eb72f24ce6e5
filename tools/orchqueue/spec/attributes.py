"""The line under a requirement's heading: level, profile, subject, parents, checks, exclusion, withdrawal.

A line is items separated by `·`. It is read from its code spans and the text between them.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from orchqueue.spec.ids import is_id
from orchqueue.spec.markdown import spans
from orchqueue.spec.requirement import CHECK_KINDS, LEVELS, PROFILES, SUBJECTS

_REASON = re.compile(r"""(excluded|withdrawn)\s+["“](.+)["”]""", re.DOTALL)
_QUOTES = frozenset('"“”')
_PIECES = re.compile(r"""[·"“”]|[^·"“”]+""")
_STARTS = ("`", "profile ", "subject ", "refines ", "checked by ", "excluded ", "withdrawn ")


@dataclass(slots=True)
class Attributes:
    """The attributes as written, not changed once they are read. Empty means not given.

    `faults` are messages for the line as a whole.
    """

    level: str = ""
    profile: str = ""
    subject: str = "server"
    refines: tuple[str, ...] = ()
    checked_by: tuple[str, ...] = ()
    excluded: str | None = None
    withdrawn: str | None = None
    faults: list[str] = field(default_factory=list)


def looks_like_attributes(text: str) -> bool:
    """Whether a paragraph was meant as an attribute line, right or wrong."""
    return text.startswith(_STARTS) and (
        "·" in text or text.strip("`") in LEVELS or _REASON.match(text) is not None
    )


@lru_cache(maxsize=1024)
def read_attributes(text: str) -> Attributes:
    """Read one attribute line. What is wrong with it is in `faults`. Lines repeat: answers are kept."""
    attributes = Attributes()
    seen: set[str] = set()
    for words, codes, raw in _items(text):
        name = _read_item(attributes, words, codes, raw)
        if name in seen:
            attributes.faults.append(f"the attribute {name!r} is given twice")
        seen.add(name)
    return attributes


def _items(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Each item as its words outside code, its code spans and its raw text. A quoted `·` divides nothing."""
    items: list[tuple[list[str], list[str], list[str]]] = [([], [], [])]
    quoted = False
    for span in spans(text):
        if span.code:
            items[-1][1].append(span.text)
            items[-1][2].append(text[span.start : span.end])
            continue
        for piece in _PIECES.findall(span.text):
            quoted ^= piece in _QUOTES
            if piece == "·" and not quoted:
                items.append(([], [], []))
            else:
                items[-1][0].append(piece)
                items[-1][2].append(piece)
    return [
        (" ".join("".join(words).replace(",", " ").split()), tuple(codes), "".join(raw).strip())
        for words, codes, raw in items
    ]


def _read_item(attributes: Attributes, words: str, codes: tuple[str, ...], raw: str) -> str:
    reason = _REASON.fullmatch(raw)
    if reason is not None:
        setattr(attributes, reason[1], " ".join(reason[2].split()))
        return reason[1]
    if words == "" and len(codes) == 1:
        attributes.level = _one_of(attributes, "level", codes[0], LEVELS)
        return "level"
    if words in ("profile", "subject") and len(codes) == 1:
        known = sorted(PROFILES) if words == "profile" else SUBJECTS
        setattr(attributes, words, _one_of(attributes, words, codes[0], known))
        return words
    if words == "refines" and codes:
        attributes.faults.extend(f"refines {code!r}, which is not an ID" for code in codes if not is_id(code))
        attributes.refines = tuple(code for code in codes if is_id(code))
        return words
    if words == "checked by" and codes:
        attributes.checked_by = tuple(_one_of(attributes, "check kind", code, CHECK_KINDS) for code in codes)
        return words
    attributes.faults.append(
        f"unknown attribute {raw!r}: write `MUST` · profile `core` · subject `project` · "
        'refines `ORCH-2007` · checked by `behave` `provider` · excluded "reason" · withdrawn "reason"'
    )
    return raw


def _one_of(attributes: Attributes, what: str, value: str, known: tuple[str, ...] | list[str]) -> str:
    if value not in known:
        attributes.faults.append(f"unknown {what} {value!r}: one of {', '.join(known)}")
    return value
