"""Keys and signatures: ed25519, by the library `cryptography`, for which only a catalog waits."""

import base64
import binascii
from pathlib import Path

from orchestratord.core.catalog.models import Signature
from orchestratord.core.catalog.trust import Root
from orchestratord.core.errors import ServerError

LARGEST_FILE = 64 * 1024


class RootError(ServerError):
    """A root of the configuration cannot be used."""


def load_root(root_id: str, path: Path, not_after_s: float | None) -> Root:
    """The root whose public key or certificate a file holds, as PEM; a certificate has its own times, and the
    earlier end counts. Raises RootError.
    """
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            pem = file.read(LARGEST_FILE)
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
    except OSError as error:
        raise RootError(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, UnsupportedAlgorithm):
        raise RootError(f"{path} holds neither a public key nor a certificate as PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise RootError(f"{path} holds a key of another kind than ed25519")
    return Root(root_id, key.public_bytes_raw(), begins_s, not_after_s)


def verifies(key: bytes, signature: Signature, digest: str) -> bool:
    """Whether it is a signature over the digest, as it is written, by the owner of the public key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    # OC-CAT-4202
    try:
        value = base64.b64decode(signature.value, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(value, digest.encode())
    except (binascii.Error, InvalidSignature, ValueError):
        return False
    return True
