"""The ABI between the host and a module: versions, exports, and how numbers and texts are passed.

What the JSON in those texts says is in `snapshot` and `verdict`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from orchestratord.policy.plan import Grant, Hook

MAJOR: Final = 1
MINOR: Final = 0
VERSION: Final = f"{MAJOR}.{MINOR}"
TOOL_MAJOR: Final = 1
TOOL_MINOR: Final = 0
TOOL_VERSION: Final = f"{TOOL_MAJOR}.{TOOL_MINOR}"

MEMORY: Final = "memory"
ABI_VERSION: Final = "oq_abi_version"
TOOL_ABI_VERSION: Final = "oq_tool_abi_version"
POLICY_VERSION: Final = "oq_policy_version"
ALLOC: Final = "oq_alloc"
INITIALIZE: Final = "_initialize"

LONGEST_DECISION: Final = 65_536
LONGEST_VERSION: Final = 64
LONGEST_SAID: Final = 1_024
SAID_PER_CALL: Final = 8


class Signature(NamedTuple):
    """The type of a function: `i32`, `i64` of each parameter and of each result."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        return f"({', '.join(self.parameters)}) -> ({', '.join(self.results)})"


DECISION: Final = Signature(("i32", "i32"), ("i64",))
ADMIT: Final = "oq_admit"
TOOL_REQUEST: Final = "oq_tool_request"
TOOL_RESPONSE: Final = "oq_tool_response"
ENTRIES: Final[Mapping[Hook, tuple[str, ...]]] = MappingProxyType(
    {"admission": (ADMIT,), "tool": (TOOL_REQUEST, TOOL_RESPONSE)}
)
EXPORTS: Final[Mapping[str, Signature]] = MappingProxyType(
    {
        ABI_VERSION: Signature((), ("i32",)),
        POLICY_VERSION: Signature((), ("i64",)),
        ALLOC: Signature(("i32",), ("i32",)),
    }
)
OPTIONAL_EXPORTS: Final[Mapping[str, Signature]] = MappingProxyType({INITIALIZE: Signature((), ())})
GRANTED: Final[Mapping[Grant, str]] = MappingProxyType({"wasi": "wasi_snapshot_preview1", "log": "orchqueue"})


def exports(hook: Hook) -> dict[str, Signature]:
    """What a module of a hook has to export beside its memory."""
    own = {TOOL_ABI_VERSION: EXPORTS[ABI_VERSION]} if hook == "tool" else {}
    return {**EXPORTS, **own, **dict.fromkeys(ENTRIES[hook], DECISION)}


def version(packed: int) -> tuple[int, int]:
    """MAJOR and MINOR of a version as a module tells it."""
    return packed >> 16 & 0xFFFF, packed & 0xFFFF


def place(packed: int) -> tuple[int, int]:
    """The pointer and the length of a text, in bytes, as a module gives it."""
    return packed >> 32 & 0xFFFF_FFFF, packed & 0xFFFF_FFFF
