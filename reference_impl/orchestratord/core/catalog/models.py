"""A model of the catalog as values: what was registered, what its policy says, and where it stands."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from orchestratord.core.artifacts import canonical
from orchestratord.core.catalog.registries import within
from orchestratord.core.catalog.states import ModelState

TrustMode = Literal["strict", "permissive"]
Result = Literal["pass", "fail", "warn"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file of a model."""

    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over the model's digest, or a bundle around one, in base64; `signer` is a root's id."""

    signer: str
    algo: Literal["ed25519", "sigstore"]
    value: str


@dataclass(frozen=True, slots=True)
class SbomRef:
    """Where the SBOM of a model is, and the digest of its bytes."""

    uri: str
    digest: str


@dataclass(frozen=True, slots=True)
class ModelTrust:
    """What a model's own policy asks for; None asks for nothing beyond the configuration."""

    mode: TrustMode | None = None
    allowed_registries: tuple[str, ...] | None = None
    require_signature: bool | None = None
    require_sbom: bool | None = None
    ca_roots: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What has to hold of a model. `ca_roots` are the ids of the roots that may have signed."""

    mode: TrustMode = "strict"
    allowed_registries: tuple[str, ...] = ()
    require_signature: bool = True
    require_sbom: bool = True
    ca_roots: tuple[str, ...] = ()

    def tightened(self, wish: ModelTrust) -> "TrustPolicy":
        """The policy with what a model asks for beyond it: stricter in each point, or as it was."""
        return TrustPolicy(
            mode="strict" if "strict" in (self.mode, wish.mode) else "permissive",
            allowed_registries=self.allowed_registries
            if wish.allowed_registries is None
            else tuple(one for one in wish.allowed_registries if within(one, self.allowed_registries)),
            require_signature=self.require_signature or bool(wish.require_signature),
            require_sbom=self.require_sbom or bool(wish.require_sbom),
            ca_roots=self.ca_roots
            if wish.ca_roots is None
            else tuple(one for one in self.ca_roots if one in wish.ca_roots),
        )


@dataclass(frozen=True, slots=True)
class Registration:
    """A model as its operator registered it; equal ones are one registration."""

    id: str
    digest: str
    source_url: str
    manifests: tuple[Manifest, ...]
    tags: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    sbom: SbomRef | None = None
    trust: ModelTrust = ModelTrust()


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking a model the last time, which was the `checks`-th; `reasons` say why it is not
    trusted.
    """

    result: Result
    reasons: tuple[str, ...]
    checks: int


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalog.

    `share` is what a canary gets of new sessions; `deadline_unix_ms` is when the last session of a deprecated
    one ends, in Unix milliseconds, and `deadline_ms` the same on the service's clock, which no correction of
    the time moves. None is no deadline.
    """

    registration: Registration
    state: ModelState = ModelState.DRAFT
    share: float | None = None
    deadline_unix_ms: int | None = None
    verification: Verification | None = None
    deadline_ms: float | None = None

    @property
    def id(self) -> str:
        """Its id."""
        return self.registration.id

    def has(self, digest: str | None) -> bool:
        """Whether one of its files, or all of it, has this digest."""
        told = self.registration
        return digest == told.digest or any(one.digest == digest for one in told.manifests)

    @property
    def names(self) -> frozenset[str]:
        """What a client may call it by: id, digest and tags."""
        return frozenset((self.id, self.registration.digest, *self.registration.tags))


def manifests_digest(manifests: tuple[Manifest, ...]) -> str:
    """The digest that a model with these files has: of the RFC 8785 form of their list."""
    # OC-CAT-4202
    listed = [{"digest": one.digest, "size_bytes": one.size_bytes} for one in manifests]
    return f"sha256:{sha256(canonical(listed)).hexdigest()}"


def file_url(model: Registration, manifest: Manifest) -> str:
    """Where a file of a model is."""
    # OC-CAT-4201
    if model.source_url.endswith("/"):
        return f"{model.source_url}blobs/sha256/{manifest.digest.removeprefix('sha256:')}"
    return model.source_url
