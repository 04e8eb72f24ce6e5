"""What policy modules are configured as, as plain values. Nothing here reads a file or knows WebAssembly."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from orchestratord.core.rate_limits import Rate

Hook = Literal["admission", "tool"]
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
class ToolPlan:
    """Domains are `host`, `*.host` or `host:port`, types `type/subtype` or `type/*`; what is denied is denied
    even where it is allowed, and nothing is allowed that is not named. `rate` is that of each tool.
    """

    allow_domains: tuple[str, ...] = ()
    deny_domains: tuple[str, ...] = ()
    allow_types: tuple[str, ...] = ("application/json", "text/plain")
    deny_types: tuple[str, ...] = ()
    max_request_bytes: int = 65_536
    max_response_bytes: int = 1_048_576
    timeout_ms: int = 10_000
    rate: Rate = field(default_factory=lambda: Rate(1.0, 5))
    redact: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The modules in the order in which they are asked, and what tools may do; without modules a server has
    no policy host.
    """

    modules: tuple[ModulePlan, ...] = ()
    limits: CallLimits = field(default_factory=CallLimits)
    tools: ToolPlan = field(default_factory=ToolPlan)
