"""Where artifacts are kept, one contract, in memory or in files; and where the catalog is, in a database.

What an artifact or a model is stands in the core; when one is made, and for whom, is the service's.
"""

from orchestratord.stores.base import ArtifactStore
from orchestratord.stores.catalog import CatalogStore
from orchestratord.stores.errors import DamagedError, FullError, StoreError, TooLargeError
from orchestratord.stores.filesystem import FilesystemStore
from orchestratord.stores.memory import MemoryStore

__all__ = [
    "ArtifactStore",
    "CatalogStore",
    "DamagedError",
    "FilesystemStore",
    "FullError",
    "MemoryStore",
    "StoreError",
    "TooLargeError",
]
