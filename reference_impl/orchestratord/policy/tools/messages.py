"""What a tool asks for, and what it gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One request of a tool. `headers` are sent as they are but for those that belong to a connection."""

    tool: str
    correlation_id: str
    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ToolResponse:
    """The answer as the tool may have it: `type` is its MIME type, `redactions` how often something was taken
    out of its body.
    """

    status: int
    type: str
    body: bytes = field(repr=False)
    redactions: int = 0
