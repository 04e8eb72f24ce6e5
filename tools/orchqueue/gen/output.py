"""Compares what is generated with what lies on disk, and brings the disk up to it, only where it differs."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path("generated/orchqueue_contract")


def drifted(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """The paths, from the root, that differ from `files`: changed, missing, or not of the package. Sorted."""
    wrong = [name for name, content in files.items() if _read(root / name) != content]
    return sorted([*wrong, *_strays(root, files)])


def write(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write what differs, remove strays from the package, and give back the paths that changed."""
    changed = drifted(root, files)
    for path in changed:
        content = files.get(path)
        if content is None:
            (root / path).unlink()
        else:
            _replace(root / path, content)
    return changed


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _strays(root: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    for path in (root / PACKAGE).rglob("*"):
        name = path.relative_to(root)
        if path.is_file() and "__pycache__" not in name.parts and name.as_posix() not in files:
            yield name.as_posix()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
