"""Models of the catalog as operators send them and are given them."""

from math import ceil
from typing import Any

from msgspec import UNSET

from orchestratord.core.catalog.models import (
    Manifest,
    Model,
    ModelTrust,
    Registration,
    SbomRef,
    Signature,
    TrustPolicy,
    Verification,
)
from orchestratord.http.bodies import given, read
from orchqueue_contract import structs
from orchqueue_contract.routes import Body


def read_registration(body: Body[structs.ModelRegistration]) -> Registration:
    """What is to be registered. Raises INVALID_PARAMS with the pointers of all that is wrong."""
    asked = read(body, "ModelRegistration", levels=3)
    sbom = given(asked.sbom)
    return Registration(
        id=asked.id,
        digest=asked.digest,
        source_url=asked.source_url,
        manifests=tuple(Manifest(one.digest, one.size_bytes) for one in asked.manifests),
        tags=tuple(given(asked.tags) or ()),
        signatures=tuple(Signature(s.signer, s.algo, s.value) for s in given(asked.signatures) or ()),
        sbom=None if sbom is None else SbomRef(sbom.uri, sbom.digest),
        trust=_trust(given(asked.trust_policy)),
    )


def catalog_model(model: Model, policy: TrustPolicy, left_ms: float | None) -> structs.CatalogModel:
    """The body that shows a model; `policy` is what holds for it, `left_ms` what is left of its deadline."""
    told, checked = model.registration, model.verification
    return structs.CatalogModel(
        id=told.id,
        digest=told.digest,
        source_url=told.source_url,
        tags=list(told.tags),
        manifests=[structs.ModelManifest(digest=m.digest, size_bytes=m.size_bytes) for m in told.manifests],
        signatures=[_signature(one) for one in told.signatures],
        sbom=UNSET if told.sbom is None else structs.SbomRef(uri=told.sbom.uri, digest=told.sbom.digest),
        trust_policy=structs.TrustPolicy(
            mode=policy.mode,
            allowed_registries=list(policy.allowed_registries),
            require_signature=policy.require_signature,
            require_sbom=policy.require_sbom,
            ca_roots=list(policy.ca_roots),
        ),
        state=model.state.value,
        verification=UNSET if checked is None else _verification(checked),
        deadline_ms=UNSET if left_ms is None else ceil(left_ms),
        share=UNSET if model.share is None else model.share,
    )


def _signature(one: Signature) -> structs.ModelSignature:
    return structs.ModelSignature(signer=one.signer, algo=one.algo, value=one.value)


def _verification(checked: Verification) -> structs.ModelVerification:
    reasons: list[Any] = list(checked.reasons)
    return structs.ModelVerification(result=checked.result, reasons=reasons, checks=checked.checks)


def _trust(asked: structs.ModelTrust | None) -> ModelTrust:
    if asked is None:
        return ModelTrust()
    registries, roots = given(asked.allowed_registries), given(asked.ca_roots)
    return ModelTrust(
        mode=given(asked.mode),
        allowed_registries=None if registries is None else tuple(registries),
        require_signature=given(asked.require_signature),
        require_sbom=given(asked.require_sbom),
        ca_roots=None if roots is None else tuple(roots),
    )
