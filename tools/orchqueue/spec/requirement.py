"""A requirement as the rest of the system sees it, and the closed vocabularies of its attributes."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Final

from orchqueue.spec.finding import Place

LEVELS: Final = ("MUST", "SHOULD", "MAY")
SUBJECTS: Final = ("server", "project")
CHECK_KINDS: Final = ("behave", "provider", "metrics", "lint", "unit", "inspection")
PROFILES: Final = frozenset(
    {
        "core", "sessions", "artifacts", "control", "scheduling", "pools", "catalog", "policy",
        "determinism", "ops", "cluster", "adapter-llamacpp", "adapter-vllm", "adapter-tgi",
        "adapter-triton", "adapter-openai", "engine-llamacpp", "engine-vllm", "engine-tgi",
        "engine-triton", "engine-openai",
    }
)  # fmt: skip

REVISION_DIGITS: Final = 12
SHORTEST_PIN: Final = 4


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement.

    `text` is the normalised normative sentence and `revision` its hash; `notes` is the informative text
    beside it. `source` is `file#id`; `place` is the heading's line. `unit` is the stem of the spec file, or
    of the folder that the file grew into. `level`, `profile` and `text` may be empty only where `withdrawn`
    gives the reason.
    """

    id: str
    title: str
    text: str
    level: str
    subject: str
    profile: str
    revision: str
    source: str
    refines: tuple[str, ...]
    checked_by: tuple[str, ...]
    excluded: str | None
    withdrawn: str | None
    place: Place
    unit: str
    notes: str = ""

    def row(self) -> dict[str, object]:
        """What `requirements/` holds of it, in the order in which it is written."""
        return {
            "title": self.title,
            "level": self.level or None,
            "subject": self.subject,
            "profile": self.profile or None,
            "revision": self.revision,
            "source": self.source,
            "refines": list(self.refines),
            "checked_by": list(self.checked_by),
            "excluded": self.excluded,
            "withdrawn": self.withdrawn,
        }


def normalised(text: str) -> str:
    """The sentence without what an editor may change at will: line breaks, runs of blanks, Unicode forms."""
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def revision_of(text: str) -> str:
    """The first hexadecimal digits of the SHA-256 of the normalised text."""
    return hashlib.sha256(text.encode()).hexdigest()[:REVISION_DIGITS]


def pin_holds(pin: str, revision: str) -> bool:
    """Whether a pin, which is a revision or its beginning, still names this revision."""
    return len(pin) >= SHORTEST_PIN and revision.startswith(pin)
