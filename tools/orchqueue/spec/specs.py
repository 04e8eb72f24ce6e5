"""All specs of a tree, read once: requirements, contracts, and everything that is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchqueue.spec import source
from orchqueue.spec.catalogue import build_catalogue
from orchqueue.spec.check import check_contracts
from orchqueue.spec.collector import collector_held
from orchqueue.spec.contract import Contract, build_contracts
from orchqueue.spec.document import Document, read_document
from orchqueue.spec.finding import Finding, in_order
from orchqueue.spec.requirement import Requirement


@dataclass(frozen=True, slots=True)
class Specs:
    """The requirements by ID in the order of the specs, the contracts by name, and the findings in order.

    With findings, the rest is what could be read, and is fit for showing but not for writing.
    """

    requirements: Mapping[str, Requirement]
    contracts: Mapping[str, Contract]
    findings: tuple[Finding, ...]


def load(root: Path | str) -> Specs:
    """Read `.specs` under `root`. Raises SpecError where there is nothing to read."""
    root = Path(root)
    texts = source.from_folder(root)
    source.check_not_empty(texts, str(root))
    return load_texts(texts)


def load_from(root: Path | str, state: str) -> Specs:
    """Read the specs of a state: a folder that holds `.specs`, or else a git revision of the repository.

    A folder is taken relative to `root`. Raises SpecError where it is neither, or where there is no spec.
    """
    root = Path(root)
    folder = root / state
    if (folder / source.FOLDER).is_dir():
        return load(folder)
    texts = source.from_revision(root, state)
    source.check_not_empty(texts, state)
    return load_texts(texts)


def load_texts(texts: Mapping[str, str]) -> Specs:
    """Read specs from their texts, by path relative to the root (`.specs/10-core.md`), in the order given."""
    with collector_held():
        return _read(texts)


def _read(texts: Mapping[str, str]) -> Specs:
    documents = [read_document(name, source.unit_of(name), text) for name, text in texts.items()]
    requirements, findings = build_catalogue(documents)
    contracts, faults = build_contracts(fragment for document in documents for fragment in document.fragments)
    findings += faults
    findings += _own_findings(documents)
    findings += _withdrawn_fragments(documents, requirements)
    if all(
        fault.rule == "conflict" for fault in faults
    ):  # behind an unreadable fragment much seems to be missing
        findings += check_contracts(contracts)
    return Specs(requirements, contracts, in_order(findings))


def _withdrawn_fragments(
    documents: list[Document], requirements: Mapping[str, Requirement]
) -> Iterator[Finding]:
    for document in documents:
        for fragment in document.fragments:
            requirement = requirements.get(fragment.requirement)
            if requirement is not None and requirement.withdrawn is not None:
                message = (
                    f"{requirement.id} is withdrawn and governs nothing: remove this {fragment.contract}"
                )
                yield Finding(*fragment.place, message, "withdrawn")


def _own_findings(documents: list[Document]) -> list[Finding]:
    return [finding for document in documents for finding in document.findings]
