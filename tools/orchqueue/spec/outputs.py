"""What extraction writes, and how: only what changed, each file in one step, and nothing left of a spec that
is gone.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchqueue.spec.contract import Contract
from orchqueue.spec.document import CONTRACTS
from orchqueue.spec.emit import to_yaml
from orchqueue.spec.errors import SpecError
from orchqueue.spec.files import read_text, write_if_changed
from orchqueue.spec.requirement import Requirement

INDEX = "requirements/index.json"


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, relative to the root, that differ from what the specs say."""

    written: tuple[str, ...]
    deleted: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.written or self.deleted)


def contract_path(name: str) -> str:
    """Where a contract is written, relative to the root."""
    return "contracts/config.schema.json" if name == "config" else f"contracts/{name}.yaml"


def render(requirements: Mapping[str, Requirement], contracts: Mapping[str, Contract]) -> dict[str, str]:
    """Every file that the specs give, by its path relative to the root."""
    texts = {INDEX: _index(requirements)}
    units: dict[str, list[Requirement]] = {}
    for requirement in requirements.values():
        units.setdefault(requirement.unit, []).append(requirement)
    for unit, rows in units.items():
        head = f"# Written by `orchqueue spec extract` from .specs/{unit}; never edited.\n"
        texts[f"requirements/{unit}.yaml"] = head + to_yaml(
            {"requirements": {row.id: row.row() for row in rows}}
        )
    for name, contract in contracts.items():
        texts[contract_path(name)] = _contract(name, contract)
    return texts


def differences(root: Path, texts: Mapping[str, str]) -> Changes:
    """Which files under `root` are not as `texts` says, and which are left from specs that are gone."""
    written = tuple(path for path, text in sorted(texts.items()) if read_text(root / path) != text)
    known = [contract_path(name) for name in CONTRACTS]
    known += [f"requirements/{path.name}" for path in (root / "requirements").glob("*.yaml")]
    deleted = tuple(sorted(path for path in known if path not in texts and (root / path).exists()))
    return Changes(written, deleted)


def apply(root: Path, texts: Mapping[str, str], changes: Changes) -> None:
    """Write and delete what `changes` names. Raises SpecError where the file system does not let it."""
    for path in changes.written:
        write_if_changed(root / path, texts[path])
    for path in changes.deleted:
        try:
            (root / path).unlink()
        except OSError as error:
            raise SpecError(f"cannot delete {root / path}: {error.strerror}") from error


def _contract(name: str, contract: Contract) -> str:
    document = contract.document()
    if name == "config":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return "# Written by `orchqueue spec extract` from the fragments in .specs; never edited.\n" + to_yaml(
        document
    )


def _index(requirements: Mapping[str, Requirement]) -> str:
    """A line for each requirement, sorted by ID: readable in a diff, and quick to read and write."""
    rows = ",\n".join(_index_rows(requirements[key] for key in sorted(requirements)))
    return f'{{"requirements": {{\n{rows}\n}}}}\n'


def _index_rows(requirements: Iterable[Requirement]) -> Iterable[str]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for requirement in requirements:
        row = {**requirement.row(), "text": requirement.text}
        yield f'"{requirement.id}": {encode(row)}'
