"""Keys and signatures: ed25519, by the library `cryptography`, for which only a catalog waits."""

import base64
import binascii
from pathlib import Path

from orchestratord.catalog.bundles import is_bundle_by
from orchestratord.catalog.roots import RootError, read_root
from orchestratord.core.catalog.models import Signature
from orchestratord.core.catalog.trust import Certified, Key, Root


def load_root(root_id: str, path: Path, not_after_s: float | None) -> Root:
    """The root whose public key or certificate a file holds, as PEM; a certificate has its own times, and the
    earlier end counts. Raises RootError.
    """
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    pem = read_root(path)
    try:
        begins_s = None
        if b"BEGIN CERTIFICATE" in pem:
            certificate = x509.load_pem_x509_certificate(pem)
            key = certificate.public_key()
            begins_s = certificate.not_valid_before_utc.timestamp()
            ends_s = certificate.not_valid_after_utc.timestamp()
            not_after_s = ends_s if not_after_s is None else min(ends_s, not_after_s)
        else:
            loaded = load_pem_public_key(pem)
            key = loaded if isinstance(loaded, Ed25519PublicKey) else None  # type: ignore[assignment]
    except (ValueError, UnsupportedAlgorithm):
        raise RootError(f"{path} holds neither a public key nor a certificate as PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise RootError(f"{path} holds a key of another kind than ed25519")
    return Root(root_id, key.public_bytes_raw(), begins_s, not_after_s)


def verifies(key: Key, signature: Signature, digest: str) -> bool:
    """Whether it is a signature over the digest, as it is written, by whom the key stands for."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    # OC-CAT-4202
    if isinstance(key, Certified) != (signature.algo == "sigstore"):
        return False
    try:
        value = base64.b64decode(signature.value, validate=True)
        if isinstance(key, Certified):
            return is_bundle_by(key, value, digest)
        Ed25519PublicKey.from_public_bytes(key).verify(value, digest.encode())
    except (binascii.Error, InvalidSignature, ValueError):
        return False
    return True
