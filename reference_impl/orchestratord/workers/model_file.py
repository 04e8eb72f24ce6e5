"""The file of a model: which file it is, and the digest of its content.

Everything here blocks; who waits for it, and what is remembered, is the service's.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from orchestratord.core.errors import ServerError

_PIECE = 4 * 1024 * 1024


class ModelFileError(ServerError):
    """A model's file cannot be read, or is not the one that it was. `reason` says so without its path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"the model's file {path} {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """By what a file is known without being read. A folder is known, too, and has no digest."""

    device: int
    inode: int
    size: int
    modified_ns: int
    folder: bool


def identify(path: str) -> FileIdentity:
    """The file as it is now, which could be opened. Raises ModelFileError."""
    # OC-POOL-3042
    try:
        found = Path(path).stat()
        if not S_ISREG(found.st_mode) and not S_ISDIR(found.st_mode):  # to open a device may do something
            raise ModelFileError(path, "is neither a file nor a folder")
        descriptor = _opened(path, os.O_RDONLY)
        try:
            found = os.fstat(descriptor)
            if S_ISDIR(found.st_mode):
                os.stat(".", dir_fd=descriptor)  # whether its files can be reached
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(path, error) from None
    return FileIdentity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, S_ISDIR(found.st_mode))


def sha256_of(path: str, unwanted: Callable[[], bool] = lambda: False) -> str:
    """`sha256:` and the digest of the file's content in hexadecimal digits.

    It ends early, with ModelFileError, once it is unwanted. Raises ModelFileError.
    """
    digest = hashlib.sha256()
    try:
        with open(path, "rb", opener=_opened) as file:
            while piece := file.read(_PIECE):
                if unwanted():
                    raise ModelFileError(path, "is not read to its end: nobody waits for its digest any more")
                digest.update(piece)
    except OSError as error:
        raise unreadable(path, error) from None
    return f"sha256:{digest.hexdigest()}"


def unreadable(path: str, error: OSError) -> ModelFileError:
    """The error of a file that cannot be read."""
    return ModelFileError(path, f"cannot be read ({error.strerror})")


def _opened(path: str, flags: int) -> int:
    """A descriptor of what is there; of a pipe in a file's place, too, without waiting for its writer."""
    return os.open(path, flags | os.O_NONBLOCK)
