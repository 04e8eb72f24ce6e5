"""One spec file: its requirement headings with what stands under them, and the faults that the file shows by
itself.

What needs more than one file (duplicates, parents, profiles, families) lives in `catalogue`; YAML in `tree`.
"""

import re
from dataclasses import dataclass, field

from orchqueue.spec.attributes import Attributes, looks_like_attributes, read_attributes
from orchqueue.spec.finding import Finding, Place
from orchqueue.spec.ids import heading_id, mentions
from orchqueue.spec.markdown import Block, blocks, without_code
from orchqueue.spec.requirement import normalised

CONTRACTS = ("openapi", "events", "config", "metrics", "errors")

_KEYWORD = re.compile(r"(?<![\w-])(MUST|SHOULD|MAY|SHALL|REQUIRED|RECOMMENDED|OPTIONAL)(?:\s+NOT)?(?![\w-])")
_LEVEL_OF = {"SHALL": "MUST", "REQUIRED": "MUST", "RECOMMENDED": "SHOULD", "OPTIONAL": "MAY"}


@dataclass(slots=True)
class Section:
    """A requirement heading. `text` is the normalised normative sentence, empty where there is none."""

    id: str
    title: str
    place: Place
    depth: int
    attributes: Attributes | None = None
    text: str = ""
    notes: list[str] = field(default_factory=list)
    seen: int = 0  # blocks read so far


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fenced piece of a contract. `place` is the line of its first line of YAML.

    `requirement` is the heading that it stands under. It is empty outside of them, where only what no
    requirement governs may stand: the title of a document, its version.
    """

    contract: str
    text: str
    place: Place
    requirement: str


@dataclass(slots=True)
class Document:
    """What one file says. `mentions` are the IDs that its text names, with their lines."""

    file: str
    unit: str
    sections: list[Section] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    mentions: list[tuple[str, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_document(file: str, unit: str, source: str) -> Document:
    """Read one file. Every fault is a finding; reading goes on behind each."""
    return _Reader(Document(file, unit)).read(source)


class _Reader:
    """Walks the blocks and knows under which requirement it stands."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.section: Section | None = None

    def read(self, source: str) -> Document:
        for block in blocks(source):
            if block.kind == "heading":
                self._heading(block)
            elif block.kind == "fence":
                self._fence(block)
            else:
                self._paragraph(block)
        self._close()
        return self.document

    def _fault(self, line: int, rule: str, message: str) -> None:
        self.document.findings.append(Finding(self.document.file, line, message, rule))

    def _heading(self, block: Block) -> None:
        self._note_mentions(block)
        self._refuse_keywords(block, "a heading")
        first = heading_id(block.text)
        if not first:
            if self.section is not None and block.level <= self.section.depth:
                self._close()
            return
        self._close()
        rest = block.text[len(first) :]
        title = rest.removeprefix(" · ").strip()
        if not rest.startswith(" · ") or not title:
            self._fault(block.line, "heading", f"the heading of {first} is not `{first} · Title`")
            title = rest.strip(" ·:-–—")  # noqa: RUF001 - what people write in place of the dot
        place = Place(self.document.file, block.line)
        self.section = Section(first, title, place, block.level)
        self.document.sections.append(self.section)

    def _close(self) -> None:
        section, self.section = self.section, None
        if section is None:
            return
        if section.attributes is None:
            self._fault(
                section.place.line, "attributes", f"{section.id} has no attribute line under its heading"
            )
        elif not section.text and section.attributes.withdrawn is None:
            self._fault(
                section.place.line, "sentence", f"{section.id} has no normative sentence after its attributes"
            )

    def _paragraph(self, block: Block) -> None:
        self._note_mentions(block)
        section = self.section
        if section is None:
            self._outside(block)
            return
        section.seen += 1
        if section.seen == 1 and not block.nested and looks_like_attributes(block.text):
            self._attributes(section, block)
        elif section.seen == 2 and not block.nested and section.attributes is not None:
            self._sentence(section, section.attributes, block)
        else:
            section.notes.append(normalised(block.text))
            self._refuse_keywords(block, f"an informative paragraph of {section.id}")

    def _outside(self, block: Block) -> None:
        if looks_like_attributes(block.text):
            self._fault(
                block.line, "id", "attributes without an ID: the heading above them is not `ID · Title`"
            )
        self._refuse_keywords(block, "text without an ID")

    def _attributes(self, section: Section, block: Block) -> None:
        section.attributes = read_attributes(block.text)
        for message in section.attributes.faults:
            self._fault(block.line, "attributes", f"{section.id}: {message}")

    def _sentence(self, section: Section, attributes: Attributes, block: Block) -> None:
        section.text = normalised(block.text)
        found = _keywords(block.text)
        if attributes.withdrawn is not None and not found:
            return
        wrong = [match for match in found if match[1] != attributes.level]
        for match in wrong:
            line = block.line + block.text.count("\n", 0, match.start())
            level = attributes.level or "nothing"
            self._fault(line, "keyword", f"{section.id} says {match[1]}, but its level is {level}")
        if len(found) - len(wrong) != 1 and not wrong:
            count = len(found) or "no"
            self._fault(
                block.line,
                "keyword",
                f"{section.id} has {count} {attributes.level} in its normative sentence: exactly one",
            )

    def _refuse_keywords(self, block: Block, where: str) -> None:
        for match in _keywords(block.text):
            line = block.line + block.text.count("\n", 0, match.start())
            word = match[1]
            advice = f"; the keyword is {_LEVEL_OF[word]}" if word in _LEVEL_OF else ""
            self._fault(
                line,
                "keyword",
                f"{word} in {where}: give it a requirement of its own or write it in lower case{advice}",
            )

    def _note_mentions(self, block: Block) -> None:
        for mention in mentions(block.text):
            line = block.line + block.text.count("\n", 0, mention.offset)
            if mention.fault:
                self._fault(line, "id", mention.fault)
            else:
                self.document.mentions.append((mention.id, line))

    def _fence(self, block: Block) -> None:
        if self.section is not None:
            self.section.seen += 1
        if not block.closed:
            self._fault(
                block.line, "fence", "a fenced block that is not closed: the rest of the file is inside it"
            )
        language, _, contract = block.info.partition(" ")
        contract = contract.strip()
        if not contract:
            return
        if language != "yaml" or contract not in CONTRACTS:
            known = ", ".join(f"`yaml {name}`" for name in CONTRACTS)
            self._fault(block.line, "fence", f"unknown kind of fragment `{block.info}`: one of {known}")
        else:
            place = Place(self.document.file, block.line + 1)
            requirement = self.section.id if self.section is not None else ""
            self.document.fragments.append(Fragment(contract, block.text, place, requirement))


def _keywords(text: str) -> list[re.Match[str]]:
    """The keywords of a text, but for those in code. Code spans are only looked for where one can matter."""
    found = list(_KEYWORD.finditer(text))
    if not found or "`" not in text[: found[-1].start()]:
        return found
    bare = without_code(text)
    return [match for match in found if bare[match.start()] == text[match.start()]]
