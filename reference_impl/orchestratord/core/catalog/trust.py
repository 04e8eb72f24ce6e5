"""Whether a model is trusted: its source, the digest of its manifests, who has signed it, and its SBOM.

What was fetched, and what a signature is worth mathematically, come in; nothing here asks anybody.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from orchestratord.core.catalog.models import (
    Model,
    Registration,
    Result,
    Signature,
    TrustPolicy,
    Verification,
    manifests_digest,
)
from orchestratord.core.catalog.registries import within
from orchestratord.core.catalog.states import ModelState
from orchestratord.core.errors import Detail, OrchestratorError
from orchqueue_contract.errors import ErrorCode


class Reason(StrEnum):
    """Why a model is not trusted, in the order in which that is looked for."""

    REGISTRY = "registry"
    MANIFEST = "manifest"
    UNSIGNED = "unsigned"
    SIGNER = "signer"
    EXPIRED = "expired"
    SBOM_MISSING = "sbom-missing"
    SBOM = "sbom"
    SOURCE = "source"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing for which a model is not trusted; `pointer` leads to it in its registration."""

    reason: Reason
    message: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Certified:
    """Somebody whom a Sigstore certifies: its trusted root as JSON, the identity that certificates have to
    name, and who has to have vouched for it.
    """

    trusted_root: bytes
    identity: str
    issuer: str


Key = bytes | Certified
"""By what a signature is verified: a raw ed25519 public key, or what a bundle has to hold against."""


@dataclass(frozen=True, slots=True)
class Root:
    """Somebody who may sign, and the Unix seconds within which that is worth something."""

    id: str
    key: Key
    not_before_s: float | None = None
    not_after_s: float | None = None

    def holds_at(self, now_s: float) -> bool:
        """Whether what it has signed is worth something now."""
        return (self.not_before_s is None or now_s >= self.not_before_s) and (
            self.not_after_s is None or now_s <= self.not_after_s
        )


Verifies = Callable[[Key, Signature, str], bool]
"""Whether a signature over a digest was made by whom a key stands for."""


def judge(
    model: Registration,
    policy: TrustPolicy,
    roots: Mapping[str, Root],
    verifies: Verifies,
    now_s: float,
) -> list[Finding]:
    """What can be said of a model without anything that it refers to."""
    return [
        *_judge_source(model, policy),
        *_judge_manifests(model),
        *_judge_signatures(model, policy, roots, verifies, now_s),
        *_judge_sbom_ref(model, policy),
    ]


def judge_sbom(model: Registration, content: bytes, named: Collection[str] | None) -> list[Finding]:
    """What is wrong with the SBOM that was fetched. `named` are the SHA-256 digests that it tells, None where
    it cannot be read.
    """
    # OC-CAT-4203
    assert model.sbom is not None
    if f"sha256:{sha256(content).hexdigest()}" != model.sbom.digest:
        return [Finding(Reason.SBOM, "The SBOM has another digest.", "/sbom/digest")]
    if named is None:
        return [Finding(Reason.SBOM, "The SBOM is neither CycloneDX nor SPDX in JSON.", "/sbom/uri")]
    files = {one.digest for one in model.manifests}
    if model.digest not in named and not files <= set(named):
        return [Finding(Reason.SBOM, "The SBOM is about something else than this model.", "/sbom/uri")]
    return []


def result_of(findings: Iterable[Finding], policy: TrustPolicy) -> Result:
    """What these findings come to under a policy."""
    # OC-CAT-4204
    if not any(True for _ in findings):
        return "pass"
    return "fail" if policy.mode == "strict" else "warn"


def verification(findings: list[Finding], policy: TrustPolicy, checks: int) -> Verification:
    """What is remembered of a check, the `checks`-th of its model."""
    reasons = dict.fromkeys(str(finding.reason) for finding in findings)
    return Verification(result_of(findings, policy), tuple(reasons), checks)


def still(model: Model, findings: list[Finding], policy: TrustPolicy) -> tuple[Verification, list[Finding]]:
    """What a model is worth that was judged again, without what it refers to: what its last check has found
    there still counts.
    """
    before = model.verification
    looked_up = (Reason.SBOM, Reason.SOURCE, Reason.FILE)
    last = [reason for reason in looked_up if before is not None and reason in before.reasons]
    all_ = [*findings, *(Finding(reason, f"Its last check has found: {reason}.", "") for reason in last)]
    return verification(all_, policy, 1 if before is None else before.checks), all_


def untrusted(findings: list[Finding], engine: str | None = None) -> OrchestratorError:
    """The refusal of a model."""
    details = tuple(Detail(finding.message, pointer=finding.pointer) for finding in findings)
    return OrchestratorError(
        ErrorCode.UNTRUSTED_ARTIFACT,
        f"The trust policy refuses this model: {findings[0].message}",
        engine=engine,
        details=details,
    )


def _judge_source(model: Registration, policy: TrustPolicy) -> Iterable[Finding]:
    # ORCH-3063
    if not within(model.source_url, policy.allowed_registries):
        yield Finding(Reason.REGISTRY, "The source lies in no allowed registry.", "/source_url")


def _judge_manifests(model: Registration) -> Iterable[Finding]:
    if manifests_digest(model.manifests) != model.digest:
        yield Finding(Reason.MANIFEST, "The digest is not that of the manifests.", "/digest")


def _judge_signatures(
    model: Registration,
    policy: TrustPolicy,
    roots: Mapping[str, Root],
    verifies: Verifies,
    now_s: float,
) -> Iterable[Finding]:
    # OC-CAT-4202
    if not model.signatures:
        if policy.require_signature:
            yield Finding(Reason.UNSIGNED, "The model has no signature.", "/signatures")
        return
    allowed = [one for one in model.signatures if one.signer in policy.ca_roots and one.signer in roots]
    good = [one for one in allowed if verifies(roots[one.signer].key, one, model.digest)]
    if not good:
        yield Finding(Reason.SIGNER, "No signature is that of a configured root.", "/signatures")
    elif not any(roots[one.signer].holds_at(now_s) for one in good):
        yield Finding(Reason.EXPIRED, "The root that has signed is worth nothing now.", "/signatures")


def _judge_sbom_ref(model: Registration, policy: TrustPolicy) -> Iterable[Finding]:
    if model.sbom is None:
        if policy.require_sbom:
            yield Finding(Reason.SBOM_MISSING, "The model has no SBOM.", "/sbom")
    elif not within(model.sbom.uri, policy.allowed_registries):
        yield Finding(Reason.REGISTRY, "The SBOM lies in no allowed registry.", "/sbom/uri")


def check_trusted(model: Model, state: ModelState) -> None:
    """Raises UNTRUSTED_ARTIFACT where a model that failed its last check would come into use."""
    # OC-CAT-4204
    failed = model.verification is not None and model.verification.result == "fail"
    if failed and state in (ModelState.ACTIVE, ModelState.CANARY):
        reasons = ", ".join(model.verification.reasons) if model.verification is not None else ""
        raise OrchestratorError(
            ErrorCode.UNTRUSTED_ARTIFACT, f"The model {model.id} failed its last check: {reasons}."
        )
