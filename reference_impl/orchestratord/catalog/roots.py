"""The files of roots, whatever kind of root they hold."""

from pathlib import Path

from orchestratord.core.errors import ServerError

LARGEST_FILE = 64 * 1024


class RootError(ServerError):
    """A root of the configuration cannot be used."""


def read_root(path: Path) -> bytes:
    """What the file of a root holds. Raises RootError."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise RootError(f"{path} cannot be read ({error.strerror})") from None
    if len(content) > LARGEST_FILE:
        raise RootError(f"{path} has more than {LARGEST_FILE} bytes")
    return content
