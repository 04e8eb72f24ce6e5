"""What the catalog asks of the world: keys and signatures, the content of SBOMs, what lies in registries, and
the files that it keeps.

Everything here blocks. What follows from it is decided in the core.
"""

from orchestratord.catalog.bundles import load_certified
from orchestratord.catalog.cache import Cache
from orchestratord.catalog.roots import RootError
from orchestratord.catalog.sboms import named_digests
from orchestratord.catalog.signatures import load_root, verifies
from orchestratord.catalog.sources import Source, SourceError

__all__ = [
    "Cache",
    "RootError",
    "Source",
    "SourceError",
    "load_certified",
    "load_root",
    "named_digests",
    "verifies",
]
