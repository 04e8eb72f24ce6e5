"""What a change concerns beyond the specs: the requirements, and the scenarios and checks that name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchqueue.spec.diff.change import Change
from orchqueue.trace.citation import Citation


@dataclass(frozen=True, slots=True)
class Touched:
    """The IDs that changes concern, and what names one of them."""

    requirements: tuple[str, ...]
    scenarios: tuple[Citation, ...]
    checks: tuple[Citation, ...]

    def document(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "requirements": list(self.requirements),
            "scenarios": [_row(citation) for citation in self.scenarios],
            "checks": [
                _row(citation) | {"kind": citation.check or citation.kind} for citation in self.checks
            ],
        }


def touched(changes: Iterable[Change], citations: Iterable[Citation]) -> Touched:
    """Join changes to what names their requirements. Code that merely cites a rule is no check of it."""
    ids = {key for change in changes for key in change.ids}
    named = sorted({citation for citation in citations if citation.id in ids})
    return Touched(
        tuple(sorted(ids)),
        tuple(citation for citation in named if citation.kind == "scenario"),
        tuple(citation for citation in named if citation.kind in ("test", "literal")),
    )


def _row(citation: Citation) -> dict[str, Any]:
    return {
        "id": citation.id,
        "file": citation.place.file,
        "line": citation.place.line,
        "name": citation.name,
    }
