"""What policy modules are configured as, as plain values. Nothing here reads a file or knows WebAssembly."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Hook = Literal["admission"]
SaidLevel = Literal["debug", "info", "warning", "error"]
Grant = Literal["wasi", "log"]


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """One module: the file that it is in, what it decides about, what it may import, and whether what it
    fails to decide is denied.
    """

    id: str
    path: Path
    hook: Hook
    grants: frozenset[Grant] = frozenset()
    denies_on_failure: bool = False


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call may take: milliseconds of CPU time, bytes of linear memory; and how many milliseconds
    somebody waits for it.
    """

    cpu_ms: int = 10
    wait_ms: int = 50
    memory_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The modules in the order in which they are asked; none: there is no policy host."""

    modules: tuple[ModulePlan, ...] = ()
    limits: CallLimits = field(default_factory=CallLimits)
