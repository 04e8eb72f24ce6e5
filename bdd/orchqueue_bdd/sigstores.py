"""A Sigstore of one's own: an authority that certifies who signs, a log of its certificates, and one of
signatures. It writes the bundles that `cosign sign-blob` would, and the root by which they are verified.
"""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ROOT_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
CERTIFICATE_LOGGED = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
LIFETIME = timedelta(minutes=10)  # of a certificate: as long as Sigstore's own
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
_NEIGHBOUR = hashlib.sha256(b"\x00what somebody else has signed").digest()  # the other leaf of the log


def _key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@dataclass
class Sigstore:
    """One instance, by its keys: that of its authority and those of its logs."""

    authority: EllipticCurvePrivateKey = field(default_factory=_key)
    certificates: EllipticCurvePrivateKey = field(default_factory=_key)
    log: EllipticCurvePrivateKey = field(default_factory=_key)

    def trusted_root(self) -> dict[str, Any]:
        """Give what a verifier has to trust."""
        period = {"start": BEGAN.isoformat()}
        chain = {"certificates": [{"rawBytes": _text(self._certificate.public_bytes(Encoding.DER))}]}
        return {
            "mediaType": ROOT_TYPE,
            "tlogs": [_log_instance("https://log.example", self.log)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "models.example", "commonName": "authority"},
                    "uri": "https://authority.example",
                    "certChain": chain,
                    "validFor": period,
                }
            ],
            "ctlogs": [_log_instance("https://certificates.example", self.certificates)],
            "timestampAuthorities": [],
        }

    def bundle(
        self, message: bytes, identity: str, issuer: str, *, certified_at: datetime, logged_at: datetime
    ) -> dict[str, Any]:
        """Give the bundle of a message that somebody signs, whom an issuer of identities calls so."""
        key = _key()
        certificate = self._certify(key, identity, issuer, certified_at)
        value = key.sign(message, ECDSA(SHA256()))
        digest = hashlib.sha256(message)
        pem = certificate.public_bytes(Encoding.PEM)
        entry = {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": digest.hexdigest()}},
                "signature": {"content": _text(value), "publicKey": {"content": _text(pem)}},
            },
        }
        return {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {
                "certificate": {"rawBytes": _text(certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [self._logged(_canonical(entry), logged_at)],
                "timestampVerificationData": {"rfc3161Timestamps": []},
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": _text(digest.digest())},
                "signature": _text(value),
            },
        }

    @cached_property
    def _certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        public = self.authority.public_key()
        return (
            _builder(name, name, public, BEGAN, BEGAN + timedelta(days=36500))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.authority, SHA256())
        )

    def _certify(
        self, key: EllipticCurvePrivateKey, identity: str, issuer: str, at: datetime
    ) -> x509.Certificate:
        """Give a certificate for a key, which says that its log has it."""
        name = x509.UniformResourceIdentifier(identity) if "://" in identity else x509.RFC822Name(identity)
        authority = self.authority.public_key()
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority)
        plain = (
            _builder(x509.Name([]), self._certificate.subject, key.public_key(), at, at + LIFETIME)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(identifier, critical=False)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(ISSUER, issuer.encode()), critical=False)
        )
        body = plain.sign(self.authority, SHA256()).tbs_certificate_bytes
        logged = x509.UnrecognizedExtension(CERTIFICATE_LOGGED, self._certificate_logged(body, at))
        return plain.add_extension(logged, critical=False).sign(self.authority, SHA256())

    def _certificate_logged(self, body: bytes, at: datetime) -> bytes:
        """Give what the log of certificates says of one, in the DER of its extension (RFC 6962, 3.3)."""
        moment = int(at.timestamp()) * 1000
        entry = _key_id(self.authority) + len(body).to_bytes(3, "big") + body
        signed = struct.pack("!BBQH", 0, 0, moment, 1) + entry + b"\x00\x00"
        value = self.certificates.sign(signed, ECDSA(SHA256()))
        said = struct.pack("!B32sQHBBH", 0, _key_id(self.certificates), moment, 0, 4, 3, len(value)) + value
        listed = struct.pack("!HH", len(said) + 2, len(said)) + said
        return bytes([0x04, len(listed)]) + listed

    def _logged(self, entry: bytes, at: datetime) -> dict[str, Any]:
        """Give what the log says of an entry, its second: its promise, and the proof that it has it."""
        moment, identifier = int(at.timestamp()), _key_id(self.log)
        root = hashlib.sha256(b"\x01" + _NEIGHBOUR + hashlib.sha256(b"\x00" + entry).digest()).digest()
        promise = {"body": _text(entry), "integratedTime": moment, "logID": identifier.hex(), "logIndex": 1}
        note = f"log.example\n2\n{_text(root)}\n"
        checkpoint = _text(identifier[:4] + self.log.sign(note.encode(), ECDSA(SHA256())))
        return {
            "logIndex": "1",
            "logId": {"keyId": _text(identifier)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
            "integratedTime": str(moment),
            "inclusionPromise": {
                "signedEntryTimestamp": _text(self.log.sign(_canonical(promise), ECDSA(SHA256())))
            },
            "inclusionProof": {
                "logIndex": "1",
                "rootHash": _text(root),
                "treeSize": "2",
                "hashes": [_text(_NEIGHBOUR)],
                "checkpoint": {"envelope": f"{note}\n— log.example {checkpoint}\n"},
            },
            "canonicalizedBody": _text(entry),
        }


def _builder(
    subject: x509.Name, issuer: x509.Name, public: Any, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _log_instance(url: str, key: EllipticCurvePrivateKey) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": _text(_public(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": BEGAN.isoformat()},
        },
        "logId": {"keyId": _text(_key_id(key))},
    }


def _public(key: EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_id(key: EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_public(key)).digest()


def _canonical(plain: dict[str, Any]) -> bytes:
    """Give the RFC 8785 form of what has plain members only."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
