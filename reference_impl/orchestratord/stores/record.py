"""An artifact as the bytes that a store keeps, with a digest over all of them.

A record is three lines: its form and the digest of what follows, what stands beside the content as JSON, and
the content in its canonical form, which holds no line ends.
"""

from hashlib import sha256
from typing import Any

import msgspec

from orchestratord.core.artifacts import Artifact, Kind, content_id
from orchestratord.stores.errors import DamagedError

FORM = b"orchqueue-artifact-1"


class _Beside(msgspec.Struct, omit_defaults=True):
    kind: Kind
    created_ms: int
    tags: tuple[str, ...] = ()
    parent: str | None = None
    metadata: dict[str, Any] | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Beside).decode


def to_bytes(artifact: Artifact) -> bytes:
    """The record of an artifact."""
    metadata = None if artifact.metadata is None else dict(artifact.metadata)
    beside = _Beside(artifact.kind, artifact.created_ms, artifact.tags, artifact.parent, metadata)
    rest = _encode(beside) + b"\n" + artifact.content
    return b"%s %s\n%s" % (FORM, sha256(rest).hexdigest().encode(), rest)


def from_bytes(record: bytes, artifact_id: str) -> Artifact:
    """The artifact of a record. Raises DamagedError when it is not whole, or not the record of this id."""
    # OC-CTRL-2069
    head, _, rest = record.partition(b"\n")
    if head != b"%s %s" % (FORM, sha256(rest).hexdigest().encode()):
        raise DamagedError(f"the record of {artifact_id} is damaged: its digest is another")
    line, _, content = rest.partition(b"\n")
    if content_id(content) != artifact_id:
        raise DamagedError(f"the record of {artifact_id} is damaged: it holds other content")
    try:
        beside = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedError(f"the record of {artifact_id} is damaged: it cannot be read") from None
    return Artifact(
        artifact_id, beside.kind, content, beside.created_ms, beside.tags, beside.parent, beside.metadata
    )
