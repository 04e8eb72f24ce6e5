"""Bundles of a Sigstore, verified offline by its library, which takes half a second to import."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestratord.catalog.roots import RootError, read_root
from orchestratord.core.catalog.trust import Certified, Root

if TYPE_CHECKING:
    from sigstore.verify import Verifier
    from sigstore.verify.policy import VerificationPolicy


def load_certified(
    root_id: str, path: Path, not_after_s: float | None, *, identity: str, issuer: str
) -> Root:
    """The root for whom a Sigstore certifies, whose trusted root a file holds. Raises RootError."""
    content = read_root(path)
    try:
        _verifier(content)
    except Exception:  # noqa: BLE001 - the library raises whatever it stumbles over
        raise RootError(
            f"{path} is no trusted root of a Sigstore with its authorities and logs, as JSON"
        ) from None
    return Root(root_id, Certified(content, identity, issuer), not_after_s=not_after_s)


def is_bundle_by(signer: Certified, bundle: bytes, digest: str) -> bool:
    """Whether it is a bundle over the digest, as it is written, by whom the Sigstore certifies."""
    from sigstore.models import Bundle  # noqa: PLC0415

    # OC-CAT-4216
    try:
        verifier, policy = _verifier(signer.trusted_root), _policy(signer)
        verifier.verify_artifact(digest.encode(), Bundle.from_json(bundle), policy)
    except Exception:  # noqa: BLE001 - as above: a bundle is anybody's bytes
        return False
    return True


def _policy(signer: Certified) -> "VerificationPolicy":
    from sigstore.verify.policy import Identity  # noqa: PLC0415

    return Identity(identity=signer.identity, issuer=signer.issuer)


@lru_cache(maxsize=64)
def _verifier(trusted_root: bytes) -> "Verifier":
    """Raises whatever the library raises, and ValueError for a root by which no bundle can hold."""
    from sigstore.models import TrustedRoot  # noqa: PLC0415
    from sigstore.verify import Verifier  # noqa: PLC0415
    from sigstore_models.trustroot.v1 import TrustedRoot as Told  # noqa: PLC0415

    told = Told.from_json(trusted_root)
    if not told.ctlogs:
        raise ValueError("it names no log of certificates")
    # It opens no connection: a bundle brings all that is looked at.
    return Verifier(trusted_root=TrustedRoot(told))
