"""How requirements changed.

- A new requirement is additive, whatever its level: it stands beside what was promised before.
- A requirement that is gone or withdrawn, or withdrawn no longer, is breaking: its promise was there.
- A changed normative sentence (its revision) is breaking, unless only case, marks or punctuation changed.
- A changed level, profile or subject is breaking both ways: raised, a server that held it may not; lowered, a
  client that relied on it may not.
- Title, rationale, file, parents, kinds of check and exclusion are editorial: what a server does stays.
"""

from collections.abc import Iterator, Mapping

from orchqueue.spec.diff.change import Change, Impact
from orchqueue.spec.requirement import Requirement

_BREAKING = ("level", "profile", "subject")
_EDITORIAL = ("title", "refines", "checked_by", "excluded")


def compare_requirements(old: Mapping[str, Requirement], new: Mapping[str, Requirement]) -> Iterator[Change]:
    """Every change of a requirement."""
    for key, requirement in new.items():
        if key not in old:
            yield _change(Impact.ADDITIVE, requirement, f"new {requirement.level} of {requirement.profile}")
    for key, was in old.items():
        if key in new:
            yield from _compare(was, new[key])
        else:
            yield _change(Impact.BREAKING, was, "removed; an ID that is no longer meant is withdrawn")


def _compare(was: Requirement, now: Requirement) -> Iterator[Change]:
    if (was.withdrawn is None) != (now.withdrawn is None):
        what = f"withdrawn: {now.withdrawn}" if now.withdrawn is not None else "no longer withdrawn"
        yield _change(Impact.BREAKING, now, what)
    if was.revision != now.revision:
        impact = Impact.EDITORIAL if _words(was.text) == _words(now.text) else Impact.BREAKING
        yield _change(impact, now, f"the sentence changed, revision {was.revision} to {now.revision}")
    for impact, names in ((Impact.BREAKING, _BREAKING), (Impact.EDITORIAL, _EDITORIAL)):
        for name in names:
            before, after = getattr(was, name), getattr(now, name)
            if before != after:
                yield _change(impact, now, f"{name.replace('_', ' ')}: {_brief(before)} to {_brief(after)}")
    if was.place.file != now.place.file:
        yield _change(Impact.EDITORIAL, now, f"moved from {was.place.file} to {now.place.file}")
    if was.notes != now.notes:
        yield _change(Impact.EDITORIAL, now, "the text beside the sentence changed")


def _change(impact: Impact, requirement: Requirement, what: str) -> Change:
    return Change(impact, requirement.id, what, (requirement.id,), requirement.place)


def _words(text: str) -> str:
    """What is left of a sentence without case, marks and punctuation."""
    kept = (mark for mark in text.lower() if mark.isalnum() or mark.isspace() or mark in "<>=+/%")
    return " ".join("".join(kept).split())


def _brief(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value else "none"
