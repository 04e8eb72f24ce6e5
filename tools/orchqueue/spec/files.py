"""Writing a file in one step, and only when its content changed."""

import os
import tempfile
from pathlib import Path

from orchqueue.spec.errors import SpecError


def read_text(path: Path) -> str | None:
    """The text of a file; None where there is none, or it is no text."""
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def write_if_changed(path: Path, text: str) -> bool:
    """Write the file unless it has this text already; tell whether it was written.

    A reader sees the old text or the new one, never a part. Raises SpecError where the file cannot be
    written.
    """
    try:
        if read_text(path) == text:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise SpecError(f"cannot write {path}: {error.strerror}") from error
    return True


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
