"""The file of a backup: a tar archive of files, which ends with a manifest of their sizes and digests.

It knows names and bytes, and nothing of what they are.
"""

import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from orchestratord.flow.files import beside, sync

MANIFEST = "manifest.json"
FORMAT = 1
MODE = 0o600
PIECE = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\Z")


class ArchiveError(Exception):
    """A file that is no backup, or none that is whole; the message says of which."""


class Writer:
    """Adds files to an archive. Only `writing` makes one."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.entries: list[dict[str, Any]] = []

    def add(self, name: str, data: bytes) -> None:
        """Add a file of that name. Raises OSError."""
        self._add(name, data)
        self.entries.append({"name": name, "size": len(data), "sha256": sha256(data).hexdigest()})

    def finish(self, made: str) -> None:
        """Write the manifest: an archive without it is cut off."""
        manifest = {"format": FORMAT, "made": made, "entries": self.entries}
        self._add(MANIFEST, json.dumps(manifest).encode())

    def _add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), MODE
        self._tar.addfile(info, BytesIO(data))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new archive, which is there under its name once it is whole and on the disk. Raises OSError."""
    with beside(path) as arriving:
        with tarfile.open(arriving, "w", format=tarfile.PAX_FORMAT) as tar:
            yield Writer(tar)
        sync(arriving)
        arriving.replace(path)
    sync(path.parent)


def verified(path: Path) -> list[str]:
    """The names of what is in an archive, after all of it was held against its manifest. Raises ArchiveError,
    and OSError.
    """
    seen: dict[str, tuple[int, str]] = {}
    manifest: Any = None
    with _reading(path):
        for info, opened in _members(path):
            if manifest is not None or info.name in seen:
                raise ArchiveError(f"{path}: has more in it than its manifest says: {info.name}")
            if info.name == MANIFEST:
                manifest = _manifest(path, opened.read())
            else:
                seen[info.name] = _seen(opened)
    if manifest is None:
        raise ArchiveError(f"{path}: is cut off, for it ends without its manifest")
    for name, told in manifest.items():
        if seen.get(name) != told:
            raise ArchiveError(f"{path}: {name} is not what was written")
    if len(manifest) != len(seen):
        raise ArchiveError(f"{path}: has more in it than its manifest says")
    return list(seen)


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The names and bytes of a verified archive. Raises ArchiveError when it has changed, and OSError."""
    with _reading(path):
        for info, opened in _members(path):
            if info.name != MANIFEST:
                yield info.name, opened.read()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise ArchiveError(f"{path}: is no backup, or is damaged ({error})") from None


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    with tarfile.open(path, "r:") as tar:
        for info in tar:
            # A name that leads elsewhere, or a link, is nothing that a backup has.
            if not info.isreg() or not _NAME.match(info.name) or ".." in info.name:
                raise ArchiveError(f"{path}: has something in it that is no file of a backup")
            yield info, cast("IO[bytes]", tar.extractfile(info))


def _seen(opened: IO[bytes]) -> tuple[int, str]:
    digest, size = sha256(), 0
    while piece := opened.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _manifest(path: Path, data: bytes) -> dict[str, tuple[int, str]]:
    try:
        told = json.loads(data)
        entries = {one["name"]: (one["size"], one["sha256"]) for one in told["entries"]}
        version = told["format"]
    except (ValueError, KeyError, TypeError):
        raise ArchiveError(f"{path}: has a manifest that cannot be read") from None
    if version != FORMAT:
        raise ArchiveError(f"{path}: is of format {version}, and this build reads {FORMAT}")
    return entries
