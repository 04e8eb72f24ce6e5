"""What can go wrong with a store.

The words are for the operator: they may name paths and never quote content.
"""

from orchestratord.core.errors import ServerError


class StoreError(ServerError):
    """A store did not do what it was asked, and nothing is half done."""


class DamagedError(StoreError):
    """What is stored is not what was stored: cut short, or changed by someone."""


class FullError(StoreError):
    """The tenant has all the room that it may have."""


class TooLargeError(FullError):
    """All the room that the tenant may have would not be enough."""
