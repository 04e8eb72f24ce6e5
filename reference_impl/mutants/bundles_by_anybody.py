"""A bundle counts whoever has signed it, as long as the Sigstore has certified somebody."""

from sigstore.verify.policy import UnsafeNoOp

from mutants._planting import Patch
from orchestratord.catalog import bundles

REQUIREMENTS = ["OC-CAT-4216"]


def plant(patch: Patch) -> None:
    """Ask the library for no identity and no issuer."""
    patch(bundles, "_policy", lambda _real: lambda _signer: UnsafeNoOp())
