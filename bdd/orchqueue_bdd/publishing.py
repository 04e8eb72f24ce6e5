"""A publisher of models: a folder that is a registry, keys and a Sigstore that sign, and registrations.

What a scenario does with a catalog is in `catalogs`.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from orchqueue_bdd.sigstores import Sigstore

FOLDER = "folder"  # the name of a server's own folder among the URLs that a configuration is made from
PUBLISHER, FORMER, STRANGER = "publisher", "former", "stranger"  # a stranger's key is no root
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
RELEASE = "release"  # who signs by a Sigstore, as a workflow does
IDENTITY, ISSUER = "https://ci.example/models/release.yml@refs/heads/main", "https://identities.example"


def section(folder: str, *, certified: bool = False, **policy: Any) -> dict[str, Any]:
    """Give the `catalog` of a configuration that trusts this registry and signers, and write their keys;
    `certified` is whether a Sigstore's are among them.
    """
    registry(folder).mkdir(parents=True, exist_ok=True)
    roots: list[dict[str, Any]] = []
    for name in (PUBLISHER, FORMER):
        path = Path(folder) / f"{name}.pem"
        public = key(name).public_key()
        path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        roots.append({"id": name, "file": str(path)})
    roots[-1]["not_after"] = YESTERDAY.isoformat()
    if certified:
        path = Path(folder) / f"{RELEASE}.json"
        path.write_text(json.dumps(sigstore(RELEASE).trusted_root()))
        whose = {"identity": IDENTITY, "issuer": ISSUER}
        roots.append({"id": RELEASE, "file": str(path), "sigstore": whose})
    trust = {"mode": "permissive", "allowed_registries": [registry(folder).as_uri()], "ca_roots": roots}
    return {"enabled": True, "store": str(Path(folder) / "catalog"), "trust_policy": {**trust, **policy}}


def registry(folder: str | Path) -> Path:
    """Give the folder that is the registry of a server with this folder."""
    return Path(folder).resolve() / "registry"


@cache
def key(signer: str) -> Ed25519PrivateKey:
    """Give the key of a signer, which it has as long as this process lives."""
    assert signer, "whoever signs has a name"
    return Ed25519PrivateKey.generate()


@cache
def sigstore(whose: str) -> Sigstore:
    """Give a Sigstore, which is the same as long as this process lives."""
    assert whose, "each has somebody whom it is for"
    return Sigstore()


def bundle(
    digest: str, *, of: str = RELEASE, identity: str = IDENTITY, issuer: str = ISSUER, late: bool = False
) -> dict[str, Any]:
    """Give the bundle around a signature over a digest; a late one has an expired certificate."""
    logged_at = YESTERDAY + timedelta(hours=1 if late else 0)
    return sigstore(of).bundle(digest.encode(), identity, issuer, certified_at=YESTERDAY, logged_at=logged_at)


def bundled(content: dict[str, Any]) -> dict[str, str]:
    """Give a bundle as the signature of a registration."""
    value = base64.b64encode(json.dumps(content).encode()).decode()
    return {"signer": RELEASE, "algo": "sigstore", "value": value}


def publish(folder: Path, name: str, content: bytes, signer: str = PUBLISHER) -> dict[str, Any]:
    """Put the one file of a model into the registry, its SBOM beside it, and give its registration."""
    file = registry(folder) / f"{name}.gguf"
    file.write_bytes(content)
    manifests = [{"digest": digest_of(content), "size_bytes": len(content)}]
    digest = manifests_digest(manifests)
    sbom = bill(file, digest)
    return {
        "id": name,
        "digest": digest,
        "source_url": file.as_uri(),
        "tags": [f"{name}:latest"],
        "manifests": manifests,
        "signatures": [signature(digest, signer)],
        "sbom": sbom,
    }


def bill(file: Path, subject: str) -> dict[str, str]:
    """Write the SBOM of a model file, about what has this digest, and give the reference to it."""
    component = {
        "type": "machine-learning-model",
        "name": file.stem,
        "hashes": [{"alg": "SHA-256", "content": subject.removeprefix("sha256:")}],
    }
    content = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    path = file.with_suffix(".cdx.json")
    path.write_text(json.dumps(content))
    return {"uri": path.as_uri(), "digest": digest_of(path.read_bytes())}


def signature(digest: str, signer: str, claimed: str | None = None) -> dict[str, str]:
    """Give the signature over a digest, by this signer, who may claim to be another."""
    value = key(signer).sign(digest.encode())
    return {"signer": claimed or signer, "algo": "ed25519", "value": base64.b64encode(value).decode()}


def manifests_digest(manifests: list[dict[str, Any]]) -> str:
    """Give the digest of a model with these files, all of whose members are plain: their RFC 8785 form."""
    return digest_of(json.dumps(manifests, sort_keys=True, separators=(",", ":")).encode())


def digest_of(content: bytes) -> str:
    """Give the digest of bytes as the contract writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
