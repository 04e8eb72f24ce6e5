"""Where artifacts are kept: one contract, in memory or in files.

What an artifact is stands in the core; when one is made, and for whom, is the service's.
"""

from orchestratord.stores.base import ArtifactStore
from orchestratord.stores.errors import DamagedError, FullError, StoreError, TooLargeError
from orchestratord.stores.filesystem import FilesystemStore
from orchestratord.stores.memory import MemoryStore

__all__ = [
    "ArtifactStore",
    "DamagedError",
    "FilesystemStore",
    "FullError",
    "MemoryStore",
    "StoreError",
    "TooLargeError",
]
