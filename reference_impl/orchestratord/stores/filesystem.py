"""Artifacts in files: `ROOT/<tenant>/traces|kept/<digest>`, one record each, whole or not there at all.

A record is written under `ROOT/arriving`, synced, and then renamed into its place, so that a crash leaves
nothing but files under `arriving`, which the next start removes. Tenants' folders are named by digests. One
server at a time uses a root.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import ClassVar

from orchestratord.core.artifacts import ID_PREFIX
from orchestratord.stores.base import ArtifactStore
from orchestratord.stores.errors import StoreError
from orchestratord.stores.shelf import Entry

ARRIVING = "arriving"
LOCK = ".lock"
FOLDERS = {True: "traces", False: "kept"}
FILE_MODE = 0o600
FOLDER_MODE = 0o700

_PLACE = re.compile(r"[0-9a-f]{40}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class FilesystemStore(ArtifactStore):
    """Keeps each record in a file of its own, under the digest that is its id."""

    blocking: ClassVar[bool] = True

    def __init__(self, root: Path, max_bytes: int) -> None:
        """Open a root, or make it. Raises StoreError when it cannot be used."""
        super().__init__(max_bytes)
        self._root = root
        self._arrivals = root / ARRIVING
        self._hold = -1
        self._holding = threading.Lock()
        try:
            self._take_hold()
            _make(self._arrivals)
        except OSError as error:
            self.close()
            raise StoreError(f"{root}: cannot be used for artifacts ({error.strerror or error})") from error
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        hold, self._hold = self._hold, -1
        if hold >= 0:
            os.close(hold)

    def _take_hold(self) -> None:
        """Make the root where there is none, and keep other servers from it. Raises OSError, and StoreError
        when one has it.
        """
        _make(self._root)
        hold = os.open(self._root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(hold)
            raise StoreError(f"{self._root}: another server keeps its artifacts there") from None
        self.close()
        self._hold = hold

    def _holds(self) -> bool:
        try:
            return os.path.samestat((self._root / LOCK).stat(), os.fstat(self._hold))
        except FileNotFoundError:
            return False

    def _begin(self) -> None:
        try:
            for left in self._arrivals.iterdir():
                left.unlink()
            for folder in self._root.iterdir():
                if _PLACE.match(folder.name):
                    self._fill(folder.name, self._found(folder.name))
        except OSError as error:
            raise StoreError(f"{self._root}: cannot be read ({error.strerror or error})") from error

    def _found(self, place: str) -> Iterator[Entry]:
        """The records of a tenant by their names and sizes; what is in them is read when it is wanted."""
        for trace, name in FOLDERS.items():
            folder = self._root / place / name
            if not folder.is_dir():
                continue
            for file in os.scandir(folder):
                if _DIGEST.match(file.name) and file.is_file(follow_symlinks=False):
                    seen = file.stat(follow_symlinks=False)
                    yield Entry(ID_PREFIX + file.name, seen.st_size, seen.st_mtime_ns / 1e6, trace)

    def _write(self, place: str, entry: Entry, data: bytes) -> None:
        # OC-CTRL-2069: until the last of these steps the record is not there.
        target = self._path(place, entry)
        with self._holding:
            # OC-CTRL-2078: a root that someone removed is made again, or found again where it is mounted.
            if not self._holds():
                self._take_hold()
        _make(self._arrivals)
        _make(target.parent)
        arriving = self._arrivals / token_hex(16)
        file = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            try:
                _write_all(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            arriving.rename(target)
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        try:
            _sync_folder(target.parent)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _read(self, place: str, entry: Entry) -> bytes | None:
        try:
            file = os.open(self._path(place, entry), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(file, "rb") as opened:
            return opened.read(entry.size + 1)  # of one that has grown no more than shows it

    def _drop(self, place: str, entry: Entry) -> None:
        self._path(place, entry).unlink(missing_ok=True)

    def _path(self, place: str, entry: Entry) -> Path:
        return self._root / place / FOLDERS[entry.trace] / entry.id.removeprefix(ID_PREFIX)


def _make(folder: Path) -> None:
    """Make a folder and those above it, each durably."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(FOLDER_MODE, exist_ok=True)
    _sync_folder(folder.parent)


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
