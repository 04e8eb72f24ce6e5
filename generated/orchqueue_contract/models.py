# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6

"""The bodies of the contract as pydantic models, which accept what its schemas accept."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias
from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictStr
from ._model import NOT_NULL, OMITTED, UNIQUE, ContractModel, Integer

__all__ = [
    "AdmissionResponse",
    "Artifact",
    "ArtifactRef",
    "Capabilities",
    "CatalogModel",
    "CompletionRequest",
    "DrainRequest",
    "EmbeddingRequest",
    "EngineCapability",
    "ErrorDetail",
    "ErrorEnvelope",
    "ModelManifest",
    "ModelRegistration",
    "ModelSignature",
    "ModelTrust",
    "ModelVerification",
    "PoolHealth",
    "PoolMetrics",
    "ReloadRequest",
    "RerankRequest",
    "SbomRef",
    "SessionInfo",
    "StateChange",
    "StoredArtifact",
    "StreamError",
    "TaskRequest",
    "TrustPolicy",
]


class AdmissionResponse(ContractModel):
    model_config = ConfigDict(extra="forbid")
    task_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    job_id: Annotated[StrictStr, Field(max_length=128, min_length=1)]
    queue_position: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    predicted_start_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    backoff_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]


class Artifact(ContractModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["plan", "summary", "diff", "trace", "other"]
    content: dict[str, Any]
    tags: Annotated[
        list[Annotated[StrictStr, Field(max_length=128, min_length=1)]] | None,
        Field(max_length=64),
        NOT_NULL,
        OMITTED,
    ] = None
    parent: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = None
    metadata: Annotated[dict[str, Any] | None, NOT_NULL, OMITTED] = None


class ArtifactRef(ContractModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]
    kind: Literal["plan", "summary", "diff", "trace", "other"]
    created_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    tags: Annotated[list[Annotated[StrictStr, Field(max_length=128, min_length=1)]], Field(max_length=64)]


class Capabilities(ContractModel):
    model_config = ConfigDict(extra="forbid")
    profiles: Annotated[
        list[
            Literal[
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
        ],
        UNIQUE,
    ]
    engines: list[EngineCapability]
    api_version: Annotated[StrictStr, Field(pattern="^[0-9]+\\.[0-9]+\\.[0-9]+$")]


class CatalogModel(ContractModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[StrictStr, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    digest: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]
    source_url: Annotated[
        StrictStr, Field(max_length=2048, pattern="^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$")
    ]
    tags: Annotated[
        list[Annotated[StrictStr, Field(max_length=256, min_length=1)]], Field(max_length=32), UNIQUE
    ]
    manifests: Annotated[list[ModelManifest], Field(max_length=1024, min_length=1)]
    signatures: Annotated[list[ModelSignature], Field(max_length=16)]
    sbom: Annotated[SbomRef | None, NOT_NULL, OMITTED] = None
    trust_policy: TrustPolicy
    state: Literal["Draft", "Active", "Canary", "Deprecated", "Retired"]
    verification: Annotated[ModelVerification | None, NOT_NULL, OMITTED] = None
    deadline_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None
    share: Annotated[StrictFloat | None, Field(gt=0.0, le=1.0), NOT_NULL, OMITTED] = None


class CompletionRequest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    task_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    session_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    workload: Literal["completion"]
    model_ref: Annotated[StrictStr, Field(max_length=256, min_length=1)]
    engine: Literal["llamacpp", "vllm", "tgi", "triton"]
    ctx: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    priority: Literal["interactive", "batch"]
    deadline_ms: Annotated[Integer, Field(ge=-9007199254740991, le=9007199254740991)]
    kv_hint: Literal["reuse", "cold"] = "reuse"
    prompt: StrictStr
    max_tokens: Annotated[Integer, Field(ge=1, le=9007199254740991)]
    seed: Annotated[Integer | None, Field(ge=0, le=4294967294), NOT_NULL, OMITTED] = None
    determinism: Literal["strict", "best_effort"] = "best_effort"
    sampler_profile_version: Annotated[
        StrictStr | None, Field(max_length=64, min_length=1), NOT_NULL, OMITTED
    ] = None
    expected_tokens: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None
    max_queue_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None


class DrainRequest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    deadline_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]


class EmbeddingRequest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    task_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    session_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    workload: Literal["embedding"]
    model_ref: Annotated[StrictStr, Field(max_length=256, min_length=1)]
    engine: Literal["llamacpp", "vllm", "tgi", "triton"]
    ctx: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    priority: Literal["interactive", "batch"]
    deadline_ms: Annotated[Integer, Field(ge=-9007199254740991, le=9007199254740991)]
    kv_hint: Literal["reuse", "cold"] = "reuse"
    inputs: Annotated[list[StrictStr], Field(max_length=256, min_length=1)]
    max_queue_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None


class EngineCapability(ContractModel):
    model_config = ConfigDict(extra="forbid")
    engine: Literal["llamacpp", "vllm", "tgi", "triton"]
    engine_version: Annotated[StrictStr, Field(min_length=1)]
    model_digest: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = (
        None
    )
    ctx_max: Annotated[Integer, Field(ge=1)]
    concurrency: Annotated[Integer, Field(ge=0)]
    supported_workloads: Annotated[list[Literal["completion", "embedding", "rerank"]], UNIQUE]
    rate_limits: dict[str, StrictFloat]
    features: dict[str, StrictBool | StrictStr | StrictFloat]
    models: Annotated[list[Annotated[StrictStr, Field(max_length=256, min_length=1)]], UNIQUE]


class ErrorDetail(ContractModel):
    model_config = ConfigDict(extra="forbid")
    pointer: Annotated[StrictStr | None, NOT_NULL, OMITTED] = None
    name: Annotated[StrictStr | None, NOT_NULL, OMITTED] = None
    message: StrictStr


class ErrorEnvelope(ContractModel):
    model_config = ConfigDict(extra="forbid")
    code: Literal[
        "INVALID_PARAMS",
        "DEADLINE_UNMET",
        "UNTRUSTED_ARTIFACT",
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "MODEL_DEPRECATED",
        "BUDGET_EXHAUSTED",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "REQUEST_TIMEOUT",
        "EVENTS_GONE",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "HEADERS_TOO_LARGE",
        "TASK_CONFLICT",
        "RELOAD_ROLLED_BACK",
        "OPERATION_IN_PROGRESS",
        "ILLEGAL_TRANSITION",
        "MODEL_CONFLICT",
        "ADMISSION_REJECT",
        "QUEUE_FULL_DROP_LRU",
        "QUOTA_EXCEEDED",
        "RATE_LIMITED",
        "POOL_UNREADY",
        "POOL_UNAVAILABLE",
        "REPLICA_EXHAUSTED",
        "DECODE_TIMEOUT",
        "WORKER_RESET",
        "INTERNAL",
    ]
    message: Annotated[StrictStr, Field(min_length=1)]
    retriable: StrictBool
    retry_after_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None
    policy_label: Annotated[
        Literal["reject", "drop-lru", "shed-low-priority", "quota", "rate-limit"] | None, NOT_NULL, OMITTED
    ] = None
    details: Annotated[list[ErrorDetail] | None, NOT_NULL, OMITTED] = None
    correlation_id: Annotated[StrictStr, Field(max_length=128, min_length=1)]
    engine: Annotated[Literal["llamacpp", "vllm", "tgi", "triton"] | None, NOT_NULL, OMITTED] = None
    pool_id: Annotated[StrictStr | None, Field(min_length=1), NOT_NULL, OMITTED] = None


class ModelManifest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    digest: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]
    size_bytes: Annotated[Integer, Field(ge=0, le=9007199254740991)]


class ModelRegistration(ContractModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[StrictStr, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    digest: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]
    source_url: Annotated[
        StrictStr, Field(max_length=2048, pattern="^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$")
    ]
    tags: Annotated[
        list[Annotated[StrictStr, Field(max_length=256, min_length=1)]] | None,
        Field(max_length=32),
        UNIQUE,
        NOT_NULL,
        OMITTED,
    ] = None
    manifests: Annotated[list[ModelManifest], Field(max_length=1024, min_length=1)]
    signatures: Annotated[list[ModelSignature] | None, Field(max_length=16), NOT_NULL, OMITTED] = None
    sbom: Annotated[SbomRef | None, NOT_NULL, OMITTED] = None
    trust_policy: Annotated[ModelTrust | None, NOT_NULL, OMITTED] = None


class ModelSignature(ContractModel):
    model_config = ConfigDict(extra="forbid")
    signer: Annotated[StrictStr, Field(max_length=128, min_length=1)]
    algo: Literal["ed25519", "sigstore"]
    value: Annotated[StrictStr, Field(max_length=65536, min_length=1)]


class ModelTrust(ContractModel):
    model_config = ConfigDict(extra="forbid")
    mode: Annotated[Literal["strict", "permissive"] | None, NOT_NULL, OMITTED] = None
    allowed_registries: Annotated[
        list[Annotated[StrictStr, Field(max_length=2048, pattern="^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$")]]
        | None,
        Field(max_length=64),
        NOT_NULL,
        OMITTED,
    ] = None
    require_signature: Annotated[StrictBool | None, NOT_NULL, OMITTED] = None
    require_sbom: Annotated[StrictBool | None, NOT_NULL, OMITTED] = None
    ca_roots: Annotated[
        list[Annotated[StrictStr, Field(max_length=128, min_length=1)]] | None,
        Field(max_length=64),
        NOT_NULL,
        OMITTED,
    ] = None


class ModelVerification(ContractModel):
    model_config = ConfigDict(extra="forbid")
    result: Literal["pass", "fail", "warn"]
    reasons: list[
        Literal[
            "registry", "manifest", "unsigned", "signer", "expired", "sbom-missing", "sbom", "source", "file"
        ]
    ]
    checks: Annotated[Integer, Field(ge=1, le=9007199254740991)]


class PoolHealth(ContractModel):
    model_config = ConfigDict(extra="forbid")
    live: StrictBool
    ready: StrictBool
    draining: StrictBool
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
    last_error: Annotated[StrictStr | None, NOT_NULL, OMITTED] = None
    version: StrictStr | None
    last_heartbeat_ms: Annotated[Integer, Field(ge=0)] | None


class PoolMetrics(ContractModel):
    model_config = ConfigDict(extra="forbid")
    queue_depth: Annotated[Integer, Field(ge=0)]
    active_leases: Annotated[Integer, Field(ge=0)]
    slots_total: Annotated[Integer, Field(ge=0)]
    slots_free: Annotated[Integer, Field(ge=0)]
    kv_cache_usage_ratio: Annotated[StrictFloat | None, Field(ge=0.0, le=1.0), NOT_NULL, OMITTED] = None


class ReloadRequest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    new_model_ref: Annotated[StrictStr, Field(max_length=256, min_length=1)]


class RerankRequest(ContractModel):
    model_config = ConfigDict(extra="forbid")
    task_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    session_id: Annotated[
        StrictStr,
        Field(
            max_length=36,
            min_length=36,
            pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        ),
    ]
    workload: Literal["rerank"]
    model_ref: Annotated[StrictStr, Field(max_length=256, min_length=1)]
    engine: Literal["llamacpp", "vllm", "tgi", "triton"]
    ctx: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    priority: Literal["interactive", "batch"]
    deadline_ms: Annotated[Integer, Field(ge=-9007199254740991, le=9007199254740991)]
    kv_hint: Literal["reuse", "cold"] = "reuse"
    prompt: StrictStr
    inputs: Annotated[list[StrictStr], Field(max_length=256, min_length=1)]
    max_queue_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None


class SbomRef(ContractModel):
    model_config = ConfigDict(extra="forbid")
    uri: Annotated[StrictStr, Field(max_length=2048, pattern="^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$")]
    digest: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]


class SessionInfo(ContractModel):
    model_config = ConfigDict(extra="forbid")
    ttl_ms_remaining: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    turns: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    kv_bytes: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    kv_warmth: StrictBool
    kv_migrated: StrictBool
    tokens_budget_remaining: Annotated[Integer, Field(ge=0, le=9007199254740991)] | None
    time_budget_remaining_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)] | None
    cost_budget_remaining: Annotated[StrictFloat, Field(ge=0.0)] | None


class StateChange(ContractModel):
    model_config = ConfigDict(extra="forbid")
    state: Literal["Draft", "Active", "Canary", "Deprecated", "Retired"]
    deadline_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None
    share: Annotated[StrictFloat | None, Field(gt=0.0, le=1.0), NOT_NULL, OMITTED] = None


class StoredArtifact(ContractModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[StrictStr, Field(pattern="^sha256:[0-9a-f]{64}$")]
    kind: Literal["plan", "summary", "diff", "trace", "other"]
    content: dict[str, Any]
    tags: Annotated[list[Annotated[StrictStr, Field(max_length=128, min_length=1)]], Field(max_length=64)]
    parent: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = None
    metadata: Annotated[dict[str, Any] | None, NOT_NULL, OMITTED] = None
    created_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]


class StreamError(ContractModel):
    model_config = ConfigDict(extra="forbid")
    code: Literal[
        "INVALID_PARAMS",
        "DEADLINE_UNMET",
        "UNTRUSTED_ARTIFACT",
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "MODEL_DEPRECATED",
        "BUDGET_EXHAUSTED",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "REQUEST_TIMEOUT",
        "EVENTS_GONE",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "HEADERS_TOO_LARGE",
        "TASK_CONFLICT",
        "RELOAD_ROLLED_BACK",
        "OPERATION_IN_PROGRESS",
        "ILLEGAL_TRANSITION",
        "MODEL_CONFLICT",
        "ADMISSION_REJECT",
        "QUEUE_FULL_DROP_LRU",
        "QUOTA_EXCEEDED",
        "RATE_LIMITED",
        "POOL_UNREADY",
        "POOL_UNAVAILABLE",
        "REPLICA_EXHAUSTED",
        "DECODE_TIMEOUT",
        "WORKER_RESET",
        "INTERNAL",
    ]
    message: Annotated[StrictStr, Field(min_length=1)]
    retriable: StrictBool
    retry_after_ms: Annotated[Integer | None, Field(ge=0, le=9007199254740991), NOT_NULL, OMITTED] = None
    policy_label: Annotated[
        Literal["reject", "drop-lru", "shed-low-priority", "quota", "rate-limit"] | None, NOT_NULL, OMITTED
    ] = None
    details: Annotated[list[ErrorDetail] | None, NOT_NULL, OMITTED] = None
    correlation_id: Annotated[StrictStr, Field(max_length=128, min_length=1)]
    engine: Annotated[Literal["llamacpp", "vllm", "tgi", "triton"] | None, NOT_NULL, OMITTED] = None
    pool_id: Annotated[StrictStr | None, Field(min_length=1), NOT_NULL, OMITTED] = None
    transcript: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = None


class TrustPolicy(ContractModel):
    model_config = ConfigDict(extra="forbid")
    mode: Literal["strict", "permissive"]
    allowed_registries: Annotated[
        list[
            Annotated[StrictStr, Field(max_length=2048, pattern="^(https?|file)://[A-Za-z0-9._~%:/+,=-]+$")]
        ],
        Field(max_length=64),
    ]
    require_signature: StrictBool
    require_sbom: StrictBool
    ca_roots: Annotated[list[Annotated[StrictStr, Field(max_length=128, min_length=1)]], Field(max_length=64)]


TaskRequest: TypeAlias = Annotated[
    CompletionRequest | EmbeddingRequest | RerankRequest, Field(discriminator="workload")
]
