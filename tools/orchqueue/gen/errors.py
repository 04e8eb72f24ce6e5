"""What can go wrong while the contract package is written. The contract is at fault, or it is not there."""

from orchqueue.errors import OrchQueueError


class GenError(OrchQueueError):
    """The package cannot be written. The message names the file, and the place in it, that has to change."""


class SourceError(GenError):
    """A contract file is missing or cannot be read."""


class UnsupportedSchemaError(GenError):
    """A schema says something that the generated types could not hold to."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
