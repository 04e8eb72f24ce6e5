# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6
# contracts/events.yaml sha256:7ea698b59ab34139c7d5f9d3f070db863961541b59e01372ac24c6cbcff34a91
# contracts/errors.yaml sha256:b5c7c2ef41d5de918f3dc23d02f21c7d85c88eeafa31a909e130ce65bb6379f9

"""The bodies and events of the contract as msgspec structs. What is left out is UNSET, never null."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ._checks import python_pattern, require_unique
from .errors import ErrorCode, PolicyLabel


__all__ = [
    "AdmissionResponse",
    "Artifact",
    "ArtifactId",
    "ArtifactKind",
    "ArtifactRef",
    "ArtifactTags",
    "CanaryShare",
    "Capabilities",
    "CatalogId",
    "CatalogModel",
    "CompletionRequest",
    "ContextLength",
    "DeadlineMs",
    "DrainRequest",
    "DurationMs",
    "EmbeddingRequest",
    "EndEvent",
    "Engine",
    "EngineCapability",
    "ErrorCode",
    "ErrorDetail",
    "ErrorEnvelope",
    "ErrorEvent",
    "Inputs",
    "JobId",
    "KvHint",
    "Manifests",
    "MaxQueueMs",
    "MetricsEvent",
    "ModelManifest",
    "ModelRef",
    "ModelRegistration",
    "ModelSignature",
    "ModelState",
    "ModelTags",
    "ModelTrust",
    "ModelVerification",
    "PolicyLabel",
    "PoolHealth",
    "PoolMetrics",
    "Priority",
    "Profile",
    "QueuePosition",
    "Registries",
    "ReloadRequest",
    "RerankRequest",
    "RootIds",
    "SbomRef",
    "SessionInfo",
    "Sha256",
    "Signatures",
    "SourceUrl",
    "StartedEvent",
    "StateChange",
    "StoredArtifact",
    "StreamError",
    "TaskRequest",
    "TokenEvent",
    "TrustMode",
    "TrustPolicy",
    "UnixMs",
    "Uuid",
    "Workload",
]


class AdmissionResponse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    task_id: Uuid
    job_id: JobId
    queue_position: QueuePosition
    predicted_start_ms: DurationMs
    backoff_ms: DurationMs


class Artifact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: ArtifactKind
    content: dict[str, Any]
    tags: ArtifactTags | UnsetType = UNSET
    parent: ArtifactId | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


ArtifactId: TypeAlias = Annotated[str, Meta(pattern=python_pattern("^sha256:[0-9a-f]{64}$"))]

ArtifactKind: TypeAlias = Literal["plan", "summary", "diff", "trace", "other"]


class ArtifactRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: ArtifactId
    kind: ArtifactKind
    created_ms: UnixMs
    tags: ArtifactTags


ArtifactTags: TypeAlias = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=128)]], Meta(max_length=64)
]

CanaryShare: TypeAlias = Annotated[float, Meta(le=1, gt=0)]


class Capabilities(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    profiles: list[Profile]
    engines: list[EngineCapability]
    api_version: Annotated[str, Meta(pattern=python_pattern("^[0-9]+\\.[0-9]+\\.[0-9]+$"))]

    def __post_init__(self) -> None:
        require_unique(self.profiles)


CatalogId: TypeAlias = Annotated[str, Meta(pattern=python_pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"))]


class CatalogModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: CatalogId
    digest: Sha256
    source_url: SourceUrl
    tags: ModelTags
    manifests: Manifests
    signatures: Signatures
    sbom: SbomRef | UnsetType = UNSET
    trust_policy: TrustPolicy
    state: ModelState
    verification: ModelVerification | UnsetType = UNSET
    deadline_ms: DurationMs | UnsetType = UNSET
    share: CanaryShare | UnsetType = UNSET

    def __post_init__(self) -> None:
        require_unique(self.tags)


class CompletionRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="workload", tag="completion"
):
    task_id: Uuid
    session_id: Uuid
    workload: ClassVar[Literal["completion"]] = "completion"
    model_ref: ModelRef
    engine: Engine
    ctx: ContextLength
    priority: Priority
    deadline_ms: DeadlineMs
    kv_hint: KvHint = "reuse"
    prompt: str
    max_tokens: Annotated[int, Meta(ge=1, le=9007199254740991)]
    seed: Annotated[int, Meta(ge=0, le=4294967294)] | UnsetType = UNSET
    determinism: Literal["strict", "best_effort"] = "best_effort"
    sampler_profile_version: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    expected_tokens: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    max_queue_ms: MaxQueueMs | UnsetType = UNSET


ContextLength: TypeAlias = Annotated[int, Meta(ge=0, le=9007199254740991)]

DeadlineMs: TypeAlias = Annotated[int, Meta(ge=-9007199254740991, le=9007199254740991)]


class DrainRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deadline_ms: DurationMs


DurationMs: TypeAlias = Annotated[int, Meta(ge=0, le=9007199254740991)]


class EmbeddingRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="workload", tag="embedding"
):
    task_id: Uuid
    session_id: Uuid
    workload: ClassVar[Literal["embedding"]] = "embedding"
    model_ref: ModelRef
    engine: Engine
    ctx: ContextLength
    priority: Priority
    deadline_ms: DeadlineMs
    kv_hint: KvHint = "reuse"
    inputs: Inputs
    max_queue_ms: MaxQueueMs | UnsetType = UNSET


Engine: TypeAlias = Literal["llamacpp", "vllm", "tgi", "triton"]


class EngineCapability(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    engine: Engine
    engine_version: Annotated[str, Meta(min_length=1)]
    model_digest: Annotated[str, Meta(pattern=python_pattern("^sha256:[0-9a-f]{64}$"))] | UnsetType = UNSET
    ctx_max: Annotated[int, Meta(ge=1)]
    concurrency: Annotated[int, Meta(ge=0)]
    supported_workloads: list[Workload]
    rate_limits: dict[str, float]
    features: dict[str, bool | str | float]
    models: list[ModelRef]

    def __post_init__(self) -> None:
        require_unique(self.supported_workloads)
        require_unique(self.models)


class ErrorDetail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pointer: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    message: str


class ErrorEnvelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: ErrorCode
    message: Annotated[str, Meta(min_length=1)]
    retriable: bool
    retry_after_ms: DurationMs | UnsetType = UNSET
    policy_label: PolicyLabel | UnsetType = UNSET
    details: list[ErrorDetail] | UnsetType = UNSET
    correlation_id: Annotated[str, Meta(min_length=1, max_length=128)]
    engine: Engine | UnsetType = UNSET
    pool_id: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET


Inputs: TypeAlias = Annotated[list[str], Meta(min_length=1, max_length=256)]

JobId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]

KvHint: TypeAlias = Literal["reuse", "cold"]


class ModelManifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    digest: Sha256
    size_bytes: Annotated[int, Meta(ge=0, le=9007199254740991)]


Manifests: TypeAlias = Annotated[list[ModelManifest], Meta(min_length=1, max_length=1024)]

MaxQueueMs: TypeAlias = Annotated[int, Meta(ge=0, le=9007199254740991)]

ModelRef: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]


class ModelRegistration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: CatalogId
    digest: Sha256
    source_url: SourceUrl
    tags: ModelTags | UnsetType = UNSET
    manifests: Manifests
    signatures: Signatures | UnsetType = UNSET
    sbom: SbomRef | UnsetType = UNSET
    trust_policy: ModelTrust | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.tags is not UNSET:
            require_unique(self.tags)


class ModelSignature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    signer: Annotated[str, Meta(min_length=1, max_length=128)]
    algo: Literal["ed25519", "sigstore"]
    value: Annotated[str, Meta(min_length=1, max_length=65536)]


ModelState: TypeAlias = Literal["Draft", "Active", "Canary", "Deprecated", "Retired"]

ModelTags: TypeAlias = Annotated[list[ModelRef], Meta(max_length=32)]


class ModelTrust(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: TrustMode | UnsetType = UNSET
    allowed_registries: Registries | UnsetType = UNSET
    require_signature: bool | UnsetType = UNSET
    require_sbom: bool | UnsetType = UNSET
    ca_roots: RootIds | UnsetType = UNSET


class ModelVerification(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    result: Literal["pass", "fail", "warn"]
    reasons: list[
        Literal[
            "registry", "manifest", "unsigned", "signer", "expired", "sbom-missing", "sbom", "source", "file"
        ]
    ]
    checks: Annotated[int, Meta(ge=1, le=9007199254740991)]


class PoolHealth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    live: bool
    ready: bool
    draining: bool
    state: Literal[
        "provisioning",
        "preloading",
        "proving",
        "ready",
        "silent",
        "unready",
        "backoff",
        "draining",
        "stopped",
    ]
    metrics: PoolMetrics
    last_error: str | UnsetType = UNSET
    version: str | None
    last_heartbeat_ms: Annotated[int, Meta(ge=0)] | None


class PoolMetrics(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    queue_depth: Annotated[int, Meta(ge=0)]
    active_leases: Annotated[int, Meta(ge=0)]
    slots_total: Annotated[int, Meta(ge=0)]
    slots_free: Annotated[int, Meta(ge=0)]
    kv_cache_usage_ratio: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET


Priority: TypeAlias = Literal["interactive", "batch"]

Profile: TypeAlias = Literal[
    "core",
    "sessions",
    "artifacts",
    "control",
    "adapter-llamacpp",
    "adapter-vllm",
    "adapter-tgi",
    "adapter-triton",
    "adapter-openai",
    "scheduling",
    "pools",
    "catalog",
    "policy",
    "determinism",
    "ops",
    "cluster",
]

QueuePosition: TypeAlias = Annotated[int, Meta(ge=0, le=9007199254740991)]

SourceUrl: TypeAlias = Annotated[
    str, Meta(max_length=2048, pattern=python_pattern("^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$"))
]

Registries: TypeAlias = Annotated[list[SourceUrl], Meta(max_length=64)]


class ReloadRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    new_model_ref: ModelRef


class RerankRequest(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="workload", tag="rerank"
):
    task_id: Uuid
    session_id: Uuid
    workload: ClassVar[Literal["rerank"]] = "rerank"
    model_ref: ModelRef
    engine: Engine
    ctx: ContextLength
    priority: Priority
    deadline_ms: DeadlineMs
    kv_hint: KvHint = "reuse"
    prompt: str
    inputs: Inputs
    max_queue_ms: MaxQueueMs | UnsetType = UNSET


RootIds: TypeAlias = Annotated[list[Annotated[str, Meta(min_length=1, max_length=128)]], Meta(max_length=64)]


class SbomRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    uri: SourceUrl
    digest: Sha256


class SessionInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ttl_ms_remaining: DurationMs
    turns: Annotated[int, Meta(ge=0, le=9007199254740991)]
    kv_bytes: Annotated[int, Meta(ge=0, le=9007199254740991)]
    kv_warmth: bool
    kv_migrated: bool
    tokens_budget_remaining: Annotated[int, Meta(ge=0, le=9007199254740991)] | None
    time_budget_remaining_ms: Annotated[int, Meta(ge=0, le=9007199254740991)] | None
    cost_budget_remaining: Annotated[float, Meta(ge=0)] | None


Sha256: TypeAlias = Annotated[str, Meta(pattern=python_pattern("^sha256:[0-9a-f]{64}$"))]

Signatures: TypeAlias = Annotated[list[ModelSignature], Meta(max_length=16)]


class StateChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: ModelState
    deadline_ms: DurationMs | UnsetType = UNSET
    share: CanaryShare | UnsetType = UNSET


class StoredArtifact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: ArtifactId
    kind: ArtifactKind
    content: dict[str, Any]
    tags: ArtifactTags
    parent: ArtifactId | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    created_ms: UnixMs


class StreamError(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: ErrorCode
    message: Annotated[str, Meta(min_length=1)]
    retriable: bool
    retry_after_ms: DurationMs | UnsetType = UNSET
    policy_label: PolicyLabel | UnsetType = UNSET
    details: list[ErrorDetail] | UnsetType = UNSET
    correlation_id: Annotated[str, Meta(min_length=1, max_length=128)]
    engine: Engine | UnsetType = UNSET
    pool_id: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    transcript: ArtifactId | UnsetType = UNSET


TaskRequest: TypeAlias = CompletionRequest | EmbeddingRequest | RerankRequest

TrustMode: TypeAlias = Literal["strict", "permissive"]


class TrustPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: TrustMode
    allowed_registries: Registries
    require_signature: bool
    require_sbom: bool
    ca_roots: RootIds


UnixMs: TypeAlias = Annotated[int, Meta(ge=0, le=9007199254740991)]

Uuid: TypeAlias = Annotated[
    str,
    Meta(
        min_length=36,
        max_length=36,
        pattern=python_pattern(
            "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
        ),
    ),
]

Workload: TypeAlias = Literal["completion", "embedding", "rerank"]


class StartedEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    queue_position: QueuePosition
    predicted_start_ms: DurationMs
    job_id: JobId
    engine: Engine
    engine_version: Annotated[str, Meta(min_length=1)]
    pool_id: Annotated[str, Meta(min_length=1)]
    replica_id: Annotated[str, Meta(min_length=1)]
    sampler_profile_version: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    model_digest: Sha256 | UnsetType = UNSET


class TokenEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    t: str
    i: Annotated[int, Meta(ge=0)]


class MetricsEvent(Struct, frozen=True, kw_only=True):
    on_time_probability: Annotated[float, Meta(ge=0, le=1)]
    queue_depth: Annotated[int, Meta(ge=0)]
    kv_warmth: bool
    tokens_budget_remaining: float | None
    time_budget_remaining_ms: float | None
    cost_budget_remaining: float | None
    preempted: bool | UnsetType = UNSET
    resumable: bool | UnsetType = UNSET
    kv_migrated: bool | UnsetType = UNSET
    replica_id: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET


class EndEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tokens_out: Annotated[int, Meta(ge=0)]
    decode_ms: DurationMs
    finish_reason: Literal["stop", "length", "canceled"]
    transcript: ArtifactId | UnsetType = UNSET
    artifact: ArtifactId | UnsetType = UNSET


ErrorEvent: TypeAlias = StreamError
