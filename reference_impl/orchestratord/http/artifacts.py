"""Artifacts as clients send them and are given them."""

from typing import Any, cast

from msgspec import UNSET, Raw

from orchestratord.core.artifacts import Artifact, is_id, unknown_artifact
from orchestratord.http.bodies import given, read
from orchestratord.service import Draft
from orchqueue_contract import structs
from orchqueue_contract.routes import Body


def read_artifact(body: Body[structs.Artifact]) -> Draft:
    """What is to be stored. Raises INVALID_PARAMS with the pointers of all that is wrong."""
    request = read(body, "Artifact")
    content = request.content
    return Draft(
        kind=request.kind,
        content=lambda: content,
        size=len(body.raw),
        tags=tuple(given(request.tags) or ()),
        parent=given(request.parent),
        metadata=given(request.metadata),
    )


def artifact_id(text: str) -> str:
    """The id in a path. Raises NOT_FOUND for one that cannot exist."""
    if not is_id(text):
        raise unknown_artifact()
    return text


def artifact_ref(artifact: Artifact) -> structs.ArtifactRef:
    """The body that names an artifact."""
    return structs.ArtifactRef(
        id=artifact.id, kind=artifact.kind, created_ms=artifact.created_ms, tags=list(artifact.tags)
    )


def stored_artifact(artifact: Artifact) -> structs.StoredArtifact:
    """The body that holds an artifact; its content goes out as it is, in its canonical form."""
    # OC-CTRL-2066
    return structs.StoredArtifact(
        id=artifact.id,
        kind=artifact.kind,
        content=cast(dict[str, Any], Raw(artifact.content)),
        tags=list(artifact.tags),
        parent=UNSET if artifact.parent is None else artifact.parent,
        metadata=UNSET if artifact.metadata is None else dict(artifact.metadata),
        created_ms=artifact.created_ms,
    )
