"""What an apply has to put back when it does not come to its end: the file in force as it was, kept beside it
and locked for as long as the apply runs.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from orchestratord.flow.files import PRIVATE, replace_file, sync

Step = Literal["keep", "write", "tell"]


class BusyError(Exception):
    """Another apply runs on the same file."""


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of the file in force (None: there was none), the digest of those that shall take their place,
    and who is at it.
    """

    correlation_id: str
    before: bytes | None
    digest_after: str


def digest(data: bytes) -> str:
    """How a file is named that is to be known again."""
    return "sha256:" + sha256(data).hexdigest()


def journal_path(config: Path) -> Path:
    """Where the record of an apply to a file lies."""
    return config.with_name(config.name + ".apply")


class Journal:
    """The record while it is held. Only `hold` makes one."""

    def __init__(self, config: Path, opened: int) -> None:
        self._config = config
        self._opened = opened

    def read(self) -> Record | None:
        """What an apply that was cut off has left; None when there is nothing, or nothing whole: then it had
        not come to change anything.
        """
        return parse(os.pread(self._opened, os.fstat(self._opened).st_size, 0))

    def write(self, record: Record) -> None:
        """Keep what is there, durably, before anything is changed. Raises OSError."""
        before = None if record.before is None else base64.b64encode(record.before).decode()
        text = json.dumps(
            {
                "correlation_id": record.correlation_id,
                "before": before,
                "digest_after": record.digest_after,
            }
        )
        os.ftruncate(self._opened, 0)
        os.pwrite(self._opened, text.encode(), 0)
        os.fsync(self._opened)
        sync(self._config.parent)

    def clear(self) -> None:
        """Nothing has to be put back any more. Raises OSError."""
        os.ftruncate(self._opened, 0)
        os.fsync(self._opened)


@contextmanager
def hold(config: Path) -> Iterator[Journal]:
    """The journal of a file, for this process alone; what is empty in the end is removed.

    Raises BusyError while another holds it, and OSError.
    """
    # OC-FLOW-6106
    path = journal_path(config)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{config}: another apply runs on it") from None
        if not path.exists() or not os.path.samestat(os.fstat(opened), path.stat()):
            raise BusyError(f"{config}: another apply has just ended on it; try again")
        try:
            yield Journal(config, opened)
        finally:
            if os.fstat(opened).st_size == 0:
                path.unlink(missing_ok=True)
    finally:
        os.close(opened)


def parse(data: bytes) -> Record | None:
    """A record as it was written; None for one that was not written to its end."""
    try:
        told = json.loads(data)
        before = None if told["before"] is None else base64.b64decode(told["before"], validate=True)
        return Record(str(told["correlation_id"]), before, str(told["digest_after"]))
    except (ValueError, KeyError, TypeError):
        return None


def put_back(config: Path, record: Record) -> bool:
    """Have the file in force as it was before an apply; False when another hand has written it since, and it
    is left alone. Raises OSError.
    """
    now = config.read_bytes() if config.exists() else None
    if now == record.before:
        return True
    if now is None or digest(now) != record.digest_after:
        return False
    if record.before is None:
        config.unlink()
        sync(config.parent)
    else:
        replace_file(config, record.before)
    return True


def correlation_of(config: Path) -> str | None:
    """Who is about to change a file; None when nobody is."""
    try:
        record = parse(journal_path(config.resolve()).read_bytes())
    except OSError:
        return None
    return None if record is None else record.correlation_id
