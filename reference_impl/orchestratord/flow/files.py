"""Files that are whole or not there: written beside, synced, and renamed into their place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

PRIVATE = 0o600


def replace_file(path: Path, data: bytes) -> None:
    """Put a file in the place of another in one step, durably, with its owner and permissions; a new one is
    the owner's alone. Raises OSError, and then nothing has changed.
    """
    with beside(path) as arriving:
        arriving.write_bytes(data)
        _like(path, arriving)
        sync(arriving)
        arriving.replace(path)
    sync(path.parent)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A new file in the folder of another, which is gone afterwards unless it was renamed."""
    opened, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(opened)
    arriving = Path(name)
    try:
        yield arriving
    finally:
        arriving.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _like(path: Path, arriving: Path) -> None:
    try:
        seen = path.stat()
    except FileNotFoundError:
        arriving.chmod(PRIVATE)
        return
    arriving.chmod(seen.st_mode & 0o7777)
    with suppress(PermissionError):  # only root gives files away; whoever is not keeps the file in their name
        os.chown(arriving, seen.st_uid, seen.st_gid)
