"""The files of models that were verified, under their digests, within a bound: `ROOT/sha256/HEX`.

A file arrives under `ROOT/arriving` and is moved into its place when it is whole; what was used longest ago
goes when there is no room.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO

from orchestratord.core.catalog.models import Manifest

FOLDER_MODE = 0o700
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a file is what its manifest says, and where it is kept, if there was room."""

    good: bool
    kept: Path | None


class Cache:
    """The cache of one server. `max_bytes` is what its files may take together."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        """Open a root, or make it. Raises OSError."""
        self._files = root / "sha256"
        self._arriving = root / "arriving"
        self._max_bytes = max_bytes
        for folder in (self._files, self._arriving):
            folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        for left in self._arriving.iterdir():
            left.unlink()

    def find(self, manifest: Manifest, unwanted: Callable[[], bool] = lambda: False) -> Path | None:
        """The file of a manifest, if it is kept and still what it was; one that is not is given up."""
        # ORCH-3037
        path = self._path(manifest)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    if unwanted():
                        return None
                    digest.update(piece)
                    size += len(piece)
            if f"sha256:{digest.hexdigest()}" == manifest.digest and size == manifest.size_bytes:
                os.utime(path)
                return path
            path.unlink()
        except OSError:
            return None
        return None

    def take(self, manifest: Manifest, pieces: Iterable[bytes]) -> Checked:
        """Read a file through, and keep it if it is what its manifest says, is not kept yet, and there can be
        room. Reads no more than that. Raises what `pieces` raise.
        """
        # ORCH-3042
        arriving = self._arriving / token_hex(16)
        file = self._opened(arriving, manifest)
        digest, size = hashlib.sha256(), 0
        try:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                if size > manifest.size_bytes:
                    break
                file = _written(file, piece)
            good = size == manifest.size_bytes and f"sha256:{digest.hexdigest()}" == manifest.digest
            return Checked(good, self._placed(arriving, file, manifest) if good else None)
        finally:
            if file is not None:
                file.close()
            with suppress(OSError):
                arriving.unlink(missing_ok=True)

    def _opened(self, arriving: Path, manifest: Manifest) -> IO[bytes] | None:
        """Where a file may be written; None where it is kept already, or there is no room for it."""
        try:
            size, path = manifest.size_bytes, self._path(manifest)
            if path.exists():
                os.utime(path)
            elif size <= self._max_bytes and self._make_room(size):
                return arriving.open("xb", buffering=0)
        except OSError:
            pass
        return None

    def _placed(self, arriving: Path, file: IO[bytes] | None, manifest: Manifest) -> Path | None:
        """Where a whole file is kept; None where that cannot be."""
        if file is None:
            return None
        try:
            os.fsync(file.fileno())
            arriving.rename(self._path(manifest))
        except OSError:
            return None
        return self._path(manifest)

    @property
    def used_bytes(self) -> int:
        """What its files take."""
        return sum(size for _, size, _ in self._listed())

    def _make_room(self, size: int) -> bool:
        """Give up what was used longest ago until so much more fits."""
        files = sorted(self._listed())
        left = sum(taken for _, taken, _ in files)
        for _, taken, path in files:
            if left + size <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            left -= taken
        return left + size <= self._max_bytes

    def _listed(self) -> list[tuple[int, int, Path]]:
        found = []
        for path in self._files.iterdir():
            with suppress(FileNotFoundError):  # it was given up meanwhile
                seen = path.stat()
                found.append((seen.st_mtime_ns, seen.st_size, path))
        return found

    def _path(self, manifest: Manifest) -> Path:
        return self._files / manifest.digest.removeprefix("sha256:")


def _written(file: IO[bytes] | None, piece: bytes) -> IO[bytes] | None:
    """The file, with a piece more; None once it cannot be written. A full disk keeps no file, and is no
    reason to trust one less.
    """
    if file is None:
        return None
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.close()
        return None
    return file
