"""All requirements together: IDs taken once, families at home in one file, parents that exist, inherited
profiles.
"""

from collections.abc import Iterable, Iterator, Mapping

from orchqueue.spec.attributes import Attributes
from orchqueue.spec.document import Document, Section
from orchqueue.spec.finding import Finding
from orchqueue.spec.ids import family
from orchqueue.spec.requirement import LEVELS, Requirement, revision_of


def build_catalogue(documents: Iterable[Document]) -> tuple[dict[str, Requirement], list[Finding]]:
    """The requirements by ID in the order of the specs, and what is wrong between them."""
    documents = list(documents)
    sections, findings = _unique(documents)
    findings += _families(documents)
    findings += _unknown_mentions(documents, sections)
    attributes = {key: section.attributes or Attributes() for key, (_, section) in sections.items()}
    requirements: dict[str, Requirement] = {}
    for key, (document, section) in sections.items():
        own = attributes[key]
        profile, faults = _profile(key, attributes)
        if section.attributes is not None:
            faults += _attribute_faults(key, own, attributes)
            findings += [_at(section, "attributes", f"{key}: {fault}") for fault in faults]
        requirements[key] = Requirement(
            id=key,
            title=section.title,
            text=section.text,
            level=own.level,
            subject=own.subject,
            profile=profile,
            revision=revision_of(section.text),
            source=f"{document.file}#{key}",
            refines=tuple(sorted(set(own.refines))),
            checked_by=tuple(dict.fromkeys(own.checked_by)),
            excluded=own.excluded,
            withdrawn=own.withdrawn,
            place=section.place,
            unit=document.unit,
            notes="\n".join(section.notes),
        )
    return requirements, findings


def _at(section: Section, rule: str, message: str) -> Finding:
    return Finding(section.place.file, section.place.line, message, rule)


def _unique(documents: Iterable[Document]) -> tuple[dict[str, tuple[Document, Section]], list[Finding]]:
    sections: dict[str, tuple[Document, Section]] = {}
    findings = []
    for document in documents:
        for section in document.sections:
            first = sections.setdefault(section.id, (document, section))[1]
            if first is not section:
                findings.append(_at(section, "id", f"{section.id} is taken: it was given at {first.place}"))
    return sections, findings


def _families(documents: Iterable[Document]) -> Iterator[Finding]:
    homes: dict[str, Document] = {}
    for document in documents:
        for section in document.sections:
            name = family(section.id)
            home = homes.setdefault(name, document)
            if home.unit != document.unit:
                yield _at(section, "family", f"{section.id}: the family {name} belongs to {home.file}")


def _unknown_mentions(documents: Iterable[Document], known: Mapping[str, object]) -> Iterator[Finding]:
    for document in documents:
        for key, line in document.mentions:
            if key not in known:
                yield Finding(document.file, line, f"{key} has no heading in any spec", "id")


def _profile(key: str, attributes: Mapping[str, Attributes]) -> tuple[str, list[str]]:
    """A requirement's profile: its own, or the one that all its parents have. With what stands against it."""
    own = attributes[key]
    if own.profile or own.withdrawn is not None:
        return own.profile, []
    inherited = _inherited(key, attributes, frozenset())
    if len(inherited) == 1:
        return next(iter(inherited)), []
    if not inherited:
        return "", ["has no profile, and refines nothing that has one"]
    return "", [
        f"refines requirements of several profiles ({', '.join(sorted(inherited))}): say which is its own"
    ]


def _inherited(key: str, attributes: Mapping[str, Attributes], above: frozenset[str]) -> set[str]:
    own = attributes[key]
    if own.profile:
        return {own.profile}
    above |= {key}
    parents = [parent for parent in own.refines if parent in attributes and parent not in above]
    return {profile for parent in parents for profile in _inherited(parent, attributes, above)}


def _attribute_faults(key: str, own: Attributes, attributes: Mapping[str, Attributes]) -> Iterator[str]:
    if own.withdrawn is not None:
        return
    if not own.level:
        yield f"has no level: one of {', '.join(LEVELS)}"
    if not own.checked_by and own.excluded is None:
        yield 'has no `checked by`; what cannot be observed says excluded "reason"'
    for parent in own.refines:
        if parent in attributes and attributes[parent].withdrawn is not None:
            yield f"refines {parent}, which is withdrawn"
        if key.startswith("ORCH-") and not parent.startswith("ORCH-"):
            yield f"is of the system and refines {parent}, which is of a component"
        if _reaches(parent, key, attributes):
            yield f"refines {parent}, which refines it"


def _reaches(start: str, goal: str, attributes: Mapping[str, Attributes]) -> bool:
    """Whether `goal` is among `start` and everything that it refines."""
    open_, seen = [start], set()
    while open_:
        key = open_.pop()
        if key == goal:
            return True
        if key in attributes and key not in seen:
            seen.add(key)
            open_ += attributes[key].refines
    return False
