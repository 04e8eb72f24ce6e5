"""The file of a model: which file it is, and the digest of its content.

Everything here blocks; who waits for it, and what is remembered, is the service's.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

from orchestratord.core.errors import ServerError

_PIECE = 4 * 1024 * 1024


class ModelFileError(ServerError):
    """A model's file cannot be read, or is not the one that it was."""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """By what a file is known without being read. A folder is known, too, and has no digest."""

    device: int
    inode: int
    size: int
    modified_ns: int
    folder: bool


def identify(path: str) -> FileIdentity:
    """The file as it is now. Raises ModelFileError."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise unreadable(path, error) from None
    return FileIdentity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, S_ISDIR(found.st_mode))


def sha256_of(path: str, unwanted: Callable[[], bool] = lambda: False) -> str:
    """`sha256:` and the digest of the file's content in hexadecimal digits.

    It ends early, with ModelFileError, once it is unwanted. Raises ModelFileError.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while piece := file.read(_PIECE):
                if unwanted():
                    raise ModelFileError(f"nobody waits for the digest of {path} any more")
                digest.update(piece)
    except OSError as error:
        raise unreadable(path, error) from None
    return f"sha256:{digest.hexdigest()}"


def unreadable(path: str, error: OSError) -> ModelFileError:
    """The error of a file that cannot be read."""
    return ModelFileError(f"the model's file {path} cannot be read ({error.strerror})")
