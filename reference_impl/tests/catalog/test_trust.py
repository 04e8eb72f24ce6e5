"""Each way in which a model can be untrusted, by itself, with real keys and real SBOMs."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from orchestratord.catalog import RootError, load_root, named_digests, verifies
from orchestratord.core.catalog import trust
from orchestratord.core.catalog.models import (
    Manifest,
    Registration,
    SbomRef,
    Signature,
    TrustPolicy,
    manifests_digest,
)
from orchestratord.core.catalog.trust import Finding, Root
from orchestratord.core.errors import OrchestratorError

KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
NOW_S = 1_750_000_000.0
REGISTRY = "https://models.example/"
FILE = f"sha256:{sha256(b'weights').hexdigest()}"
MANIFESTS = (Manifest(FILE, 7),)
DIGEST = manifests_digest(MANIFESTS)
ROOTS = {
    "publisher": Root("publisher", KEY.public_key().public_bytes_raw()),
    "former": Root("former", OTHER_KEY.public_key().public_bytes_raw(), not_after_s=NOW_S - 1),
    "future": Root("future", OTHER_KEY.public_key().public_bytes_raw(), not_before_s=NOW_S + 1),
}
POLICY = TrustPolicy("strict", (REGISTRY,), True, True, tuple(ROOTS))


def signed(key: Ed25519PrivateKey = KEY, signer: str = "publisher", text: str = DIGEST) -> Signature:
    return Signature(signer, "ed25519", base64.b64encode(key.sign(text.encode())).decode())


def cyclonedx(*digests: str) -> bytes:
    hashes = [{"alg": "SHA-256", "content": one.removeprefix("sha256:")} for one in digests]
    component = {"type": "machine-learning-model", "name": "m", "hashes": hashes}
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    ).encode()


def spdx(*digests: str) -> bytes:
    checksums = [{"algorithm": "SHA256", "checksumValue": one.removeprefix("sha256:")} for one in digests]
    return json.dumps(
        {
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "dataLicense": "CC0-1.0",
            "name": "m",
            "documentNamespace": "https://models.example/m",
            "creationInfo": {"created": "2025-01-01T00:00:00Z", "creators": ["Tool: t"]},
            "files": [{"SPDXID": "SPDXRef-f", "fileName": "./f", "checksums": checksums}],
        }
    ).encode()


def with_sbom(content: bytes, model: Registration) -> Registration:
    return replace(model, sbom=SbomRef(f"{REGISTRY}m.json", f"sha256:{sha256(content).hexdigest()}"))


GOOD = with_sbom(cyclonedx(DIGEST), Registration("m", DIGEST, f"{REGISTRY}m", MANIFESTS, (), (signed(),)))
KINDS = pytest.mark.parametrize("kind", [cyclonedx, spdx])


def found(model: Registration, policy: TrustPolicy = POLICY, now_s: float = NOW_S) -> list[Finding]:
    return trust.judge(model, policy, ROOTS, verifies, now_s)


def reasons(model: Registration, policy: TrustPolicy = POLICY) -> list[str]:
    return [finding.reason for finding in found(model, policy)]


def test_what_is_signed_from_an_allowed_registry_is_trusted() -> None:
    assert reasons(GOOD) == []


@pytest.mark.requirement("OC-CAT-4202")
def test_unsigned() -> None:
    assert reasons(replace(GOOD, signatures=())) == ["unsigned"]
    assert reasons(replace(GOOD, signatures=()), replace(POLICY, require_signature=False)) == []


@pytest.mark.requirement("OC-CAT-4202")
@pytest.mark.parametrize(
    "signature",
    [
        signed(OTHER_KEY),
        signed(OTHER_KEY, "nobody"),
        signed(text="sha256:another"),
        replace(signed(), value="not base64!"),
        replace(signed(), value=base64.b64encode(b"short").decode()),
        replace(signed(), value=""),
    ],
)
def test_wrong_signer(signature: Signature) -> None:
    model = replace(GOOD, signatures=(signature,))
    assert reasons(model) == ["signer"]
    assert reasons(model, replace(POLICY, require_signature=False)) == ["signer"]


@pytest.mark.requirement("OC-CAT-4202")
def test_a_root_that_the_policy_leaves_out_has_not_signed() -> None:
    assert reasons(GOOD, replace(POLICY, ca_roots=("former",))) == ["signer"]


@pytest.mark.requirement("OC-CAT-4202")
@pytest.mark.parametrize("signer", ["former", "future"])
def test_expired(signer: str) -> None:
    assert reasons(replace(GOOD, signatures=(signed(OTHER_KEY, signer),))) == ["expired"]


@pytest.mark.requirement("OC-CAT-4202")
def test_one_good_signature_is_enough() -> None:
    many = (signed(OTHER_KEY, "former"), signed(OTHER_KEY, "nobody"), signed())
    assert reasons(replace(GOOD, signatures=many)) == []


@pytest.mark.requirement("OC-CAT-4202")
@pytest.mark.parametrize(
    "manifests",
    [(Manifest(FILE, 8),), (Manifest(DIGEST, 7),), (*MANIFESTS, *MANIFESTS), (Manifest(FILE.upper(), 7),)],
)
def test_tampered_manifest(manifests: tuple[Manifest, ...]) -> None:
    assert reasons(replace(GOOD, manifests=manifests)) == ["manifest"]


@pytest.mark.requirement("ORCH-3063")
def test_registry_not_allowed() -> None:
    assert reasons(replace(GOOD, source_url="https://elsewhere.example/m")) == ["registry"]
    assert reasons(GOOD, replace(POLICY, allowed_registries=())) == ["registry", "registry"]


@pytest.mark.requirement("OC-CAT-4203")
def test_no_sbom() -> None:
    assert reasons(replace(GOOD, sbom=None)) == ["sbom-missing"]
    assert reasons(replace(GOOD, sbom=None), replace(POLICY, require_sbom=False)) == []


@pytest.mark.requirement("OC-CAT-4203")
@KINDS
@pytest.mark.parametrize("subjects", [[DIGEST], [FILE], [FILE, "sha256:" + "a" * 64]])
def test_an_sbom_names_the_model_or_its_files(kind: Callable[..., bytes], subjects: list[str]) -> None:
    content = kind(*subjects)
    assert trust.judge_sbom(with_sbom(content, GOOD), content, named_digests(content)) == []


@pytest.mark.requirement("OC-CAT-4203")
@KINDS
def test_sbom_for_another_digest(kind: Callable[..., bytes]) -> None:
    content = kind(f"sha256:{'b' * 64}")
    (finding,) = trust.judge_sbom(with_sbom(content, GOOD), content, named_digests(content))
    assert (finding.reason, finding.pointer) == ("sbom", "/sbom/uri")


@pytest.mark.requirement("OC-CAT-4203")
def test_an_sbom_names_all_files() -> None:
    model = replace(GOOD, manifests=(*MANIFESTS, Manifest(f"sha256:{'c' * 64}", 1)))
    content = cyclonedx(FILE)
    model = replace(with_sbom(content, model), digest=manifests_digest(model.manifests))
    assert [one.reason for one in trust.judge_sbom(model, content, named_digests(content))] == ["sbom"]


@pytest.mark.requirement("OC-CAT-4203")
def test_tampered_sbom() -> None:
    content = cyclonedx(DIGEST)
    (finding,) = trust.judge_sbom(GOOD, content + b" ", named_digests(content + b" "))
    assert (finding.reason, finding.pointer) == ("sbom", "/sbom/digest")


@pytest.mark.requirement("OC-CAT-4203")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"bomFormat": "CycloneDX", "components": 5}',
        b'{"bomFormat": "CycloneDX", "components": [{"type": "nonesuch", "name": "m"}]}',
        b'{"spdxVersion": "SPDX-2.3", "packages": 5}',
    ],
)
def test_what_is_no_sbom(content: bytes) -> None:
    assert named_digests(content) is None


def test_an_inner_component_counts() -> None:
    inner = json.loads(cyclonedx(DIGEST))["components"][0]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": inner}}
    assert named_digests(json.dumps(document).encode()) == {DIGEST}
    nested = {"type": "file", "name": "outer", "components": [inner]}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [nested]}
    assert named_digests(json.dumps(document).encode()) == {DIGEST}


def test_a_refusal_points_at_all_that_was_found() -> None:
    model = replace(GOOD, source_url="https://elsewhere.example/m", signatures=())
    error = trust.untrusted(found(model))
    assert isinstance(error, OrchestratorError)
    assert [detail.pointer for detail in error.details] == ["/source_url", "/signatures"]


def certificate(path: Path, begins: datetime, ends: datetime) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "publisher")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(KEY, None)
    )
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def test_a_root_may_be_a_certificate_with_its_own_times(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    path = certificate(tmp_path / "root.pem", now - timedelta(days=1), now + timedelta(days=1))
    root = load_root("r", path, None)
    assert root.key == KEY.public_key().public_bytes_raw()
    assert root.holds_at(now.timestamp())
    assert not root.holds_at((now + timedelta(days=2)).timestamp())
    assert not root.holds_at((now - timedelta(days=2)).timestamp())
    assert not load_root("r", path, now.timestamp() - 1).holds_at(now.timestamp())


def test_what_is_no_root_is_told_with_its_path(tmp_path: Path) -> None:
    def refusal(content: bytes | None) -> str:
        path = tmp_path / "root.pem"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RootError) as refused:
            load_root("r", path, None)
        assert str(path) in str(refused.value)
        return str(refused.value)

    assert "cannot be read" in refusal(None)
    assert "neither a public key nor a certificate" in refusal(b"words")
    assert "neither a public key nor a certificate" in refusal(b"-----BEGIN CERTIFICATE-----\nAA\n")
    rsa: Any = generate_private_key(65537, 1024).public_key()  # small, so that it is made fast
    pem = rsa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert "another kind" in refusal(pem)
