"""An artifact that is larger than all the room there is may try again."""

from typing import Any

from mutants._planting import Patch
from orchestratord.stores import FullError, TooLargeError
from orchestratord.stores.shelf import Shelf

REQUIREMENTS = ["OC-CTRL-2077"]


def plant(patch: Patch) -> None:
    """Say of it that the room is full."""
    patch(Shelf, "promise", _full)


def _full(real: Any) -> Any:
    def promise(shelf: Shelf, size: int) -> Any:
        try:
            return real(shelf, size)
        except TooLargeError as error:
            raise FullError(str(error)) from None

    return promise
