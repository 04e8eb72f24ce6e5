"""Each way in which a Sigstore bundle can be worth nothing, by itself: real bundles, and the real library."""

import base64
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestratord.catalog import RootError, load_certified, verifies
from orchestratord.core.catalog.models import Signature
from orchestratord.core.catalog.trust import Root
from orchqueue_bdd.sigstores import LIFETIME, Sigstore

pytestmark = pytest.mark.requirement("OC-CAT-4216")

DIGEST = f"sha256:{'ab' * 32}"
WORKFLOW, PERSON, ISSUER = "https://ci.example/release.yml@main", "ops@models.example", "https://id.example"
SIGNED = datetime(2025, 6, 1, tzinfo=UTC)
OURS, THEIRS = Sigstore(), Sigstore()
Tamper = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    return loaded(OURS.trusted_root(), tmp_path_factory.mktemp("root") / "root.json")


def loaded(content: dict[str, Any], path: Path, identity: str = WORKFLOW) -> Root:
    path.write_text(json.dumps(content))
    return load_certified("release", path, None, identity=identity, issuer=ISSUER)


def bundle(
    sigstore: Sigstore = OURS,
    message: str = DIGEST,
    identity: str = WORKFLOW,
    issuer: str = ISSUER,
    after: timedelta = timedelta(minutes=1),
) -> dict[str, Any]:
    """What was signed this long after its certificate was made."""
    return sigstore.bundle(message.encode(), identity, issuer, certified_at=SIGNED, logged_at=SIGNED + after)


def signature(content: dict[str, Any] | bytes) -> Signature:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Signature("release", "sigstore", base64.b64encode(raw).decode())


def holds(root: Root, content: dict[str, Any] | bytes, digest: str = DIGEST) -> bool:
    return verifies(root.key, signature(content), digest)


def test_a_bundle_holds_without_any_network(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket.socket, "connect", asked)
    monkeypatch.setattr(socket, "getaddrinfo", asked)
    assert holds(root, bundle())


def test_an_identity_may_be_an_address(tmp_path: Path) -> None:
    person = loaded(OURS.trusted_root(), tmp_path / "root.json", PERSON)
    assert holds(person, bundle(identity=PERSON))
    assert not holds(person, bundle())


@pytest.mark.parametrize("after", [timedelta(0), LIFETIME])
def test_what_was_signed_while_the_certificate_was_valid_holds_for_ever(root: Root, after: timedelta) -> None:
    assert holds(root, bundle(after=after))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(bundle(identity=WORKFLOW + "2"), id="another identity"),
        pytest.param(bundle(identity=PERSON), id="another kind of identity"),
        pytest.param(bundle(issuer="https://elsewhere.example"), id="another issuer"),
        pytest.param(bundle(THEIRS), id="another Sigstore"),
        pytest.param(bundle(Sigstore(THEIRS.authority, OURS.certificates, OURS.log)), id="another authority"),
        pytest.param(
            bundle(Sigstore(OURS.authority, THEIRS.certificates, OURS.log)), id="a certificate not logged"
        ),
        pytest.param(bundle(Sigstore(OURS.authority, OURS.certificates, THEIRS.log)), id="another log"),
        pytest.param(bundle(message=f"sha256:{'cd' * 32}"), id="over something else"),
        pytest.param(bundle(after=LIFETIME + timedelta(seconds=1)), id="after the certificate"),
        pytest.param(bundle(after=timedelta(seconds=-1)), id="before the certificate"),
        pytest.param({}, id="empty"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"words", id="words"),
        pytest.param(b"[" * 40_000, id="deep"),
        pytest.param(b"\xff", id="no text"),
    ],
)
def test_what_is_worth_nothing(root: Root, wrong: dict[str, Any] | bytes) -> None:
    assert not holds(root, wrong)


def log_entry(content: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = content["verificationMaterial"]["tlogEntries"][0]
    return entry


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


def change(*path: str) -> Tamper:
    """Flip the last bit of a member of the log's entry."""

    def tamper(content: dict[str, Any]) -> None:
        at = log_entry(content)
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = flipped(at[path[-1]])

    return tamper


def of_another(*names: str) -> Tamper:
    """Take members from another bundle over the same digest, by the same identity."""

    def tamper(content: dict[str, Any]) -> None:
        at, other = content, bundle()
        for name in names[:-1]:
            at, other = at[name], other[name]
        at[names[-1]] = other[names[-1]]

    return tamper


def unpromised(content: dict[str, Any]) -> None:
    del log_entry(content)["inclusionPromise"]


def unproven(content: dict[str, Any]) -> None:
    del log_entry(content)["inclusionProof"]


def unlogged(content: dict[str, Any]) -> None:
    content["verificationMaterial"]["tlogEntries"] = []


def backdated(content: dict[str, Any]) -> None:
    entry = log_entry(content)
    entry["integratedTime"] = str(int(entry["integratedTime"]) - 1)


def elsewhere_in_the_log(content: dict[str, Any]) -> None:
    log_entry(content)["inclusionProof"]["logIndex"] = "0"


def other_checkpoint(content: dict[str, Any]) -> None:
    proof = log_entry(content)["inclusionProof"]
    proof["checkpoint"]["envelope"] = proof["checkpoint"]["envelope"].replace("\n2\n", "\n3\n")


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(of_another("verificationMaterial", "tlogEntries"), id="entry of another bundle"),
        pytest.param(of_another("verificationMaterial", "certificate"), id="certificate of another bundle"),
        pytest.param(of_another("messageSignature", "signature"), id="signature of another bundle"),
        pytest.param(change("canonicalizedBody"), id="body"),
        pytest.param(change("inclusionPromise", "signedEntryTimestamp"), id="promise"),
        pytest.param(change("inclusionProof", "rootHash"), id="root hash"),
        pytest.param(lambda content: log_entry(content)["inclusionProof"]["hashes"].clear(), id="path"),
        *(
            pytest.param(one, id=one.__name__)
            for one in (unpromised, unproven, unlogged, backdated, elsewhere_in_the_log, other_checkpoint)
        ),
    ],
)
def test_what_was_tampered_with(root: Root, tamper: Tamper) -> None:
    content = bundle()
    assert holds(root, content)
    tamper(content)
    assert not holds(root, content)


def test_a_key_is_no_sigstore_and_a_sigstore_no_key(root: Root) -> None:
    good = signature(bundle())
    assert not verifies(bytes(32), good, DIGEST)
    assert not verifies(root.key, Signature("release", "ed25519", good.value), DIGEST)


def test_equal_files_are_equal_roots(root: Root, tmp_path: Path) -> None:
    assert loaded(OURS.trusted_root(), tmp_path / "again.json") == root
    assert loaded(THEIRS.trusted_root(), tmp_path / "theirs.json") != root


def without(name: str) -> bytes:
    return json.dumps({**OURS.trusted_root(), name: []}).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "no trusted root"),
        (b"{}", "no trusted root"),
        (b"-----BEGIN PUBLIC KEY-----", "no trusted root"),
        (without("tlogs"), "no trusted root"),
        (without("ctlogs"), "no trusted root"),
        (without("certificateAuthorities"), "no trusted root"),
        (b" " * 70_000, "more than 65536 bytes"),
    ],
)
def test_what_is_no_trusted_root_is_told_with_its_path(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "root.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RootError) as refused:
        load_certified("release", path, None, identity=WORKFLOW, issuer=ISSUER)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)
