"""The kit.

Everything that drives a server over the wire and plays the engines behind it. It gives no verdicts.
A module is imported when something of it is asked for: an engine that a server runs needs few of them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchqueue.kit.client import Client
    from orchqueue.kit.clock import now_ms
    from orchqueue.kit.engine import EngineRequest, EngineScript, Gate, ScriptedEngine, Special, Turnstile
    from orchqueue.kit.errors import (
        EngineError,
        ExpositionError,
        KitError,
        NotTestable,
        ScriptError,
        StreamEnded,
        TargetError,
        TransportError,
        WireTimeout,
    )
    from orchqueue.kit.exchange import Exchange
    from orchqueue.kit.managed import ManagedEngine
    from orchqueue.kit.metrics import (
        Contract,
        Delta,
        MetricFinding,
        Sample,
        Scrape,
        counters_fell,
        lint,
        parse_exposition,
    )
    from orchqueue.kit.metrics.read import read_metrics
    from orchqueue.kit.ports import free_port
    from orchqueue.kit.process import Process
    from orchqueue.kit.raw import RawConnection, RawReply
    from orchqueue.kit.server import AttachedServer, RunningServer, Server
    from orchqueue.kit.stream import Chunk, EventStream
    from orchqueue.kit.target import AttachedTarget, CommandTarget, ReferenceTarget, Target
    from orchqueue.sse import SseComment, SseEvent, SseFinding, SseReader

__all__ = [
    "AttachedServer",
    "AttachedTarget",
    "Chunk",
    "Client",
    "CommandTarget",
    "Contract",
    "Delta",
    "EngineError",
    "EngineRequest",
    "EngineScript",
    "EventStream",
    "Exchange",
    "ExpositionError",
    "Gate",
    "KitError",
    "ManagedEngine",
    "MetricFinding",
    "NotTestable",
    "Process",
    "RawConnection",
    "RawReply",
    "ReferenceTarget",
    "RunningServer",
    "Sample",
    "Scrape",
    "ScriptError",
    "ScriptedEngine",
    "Server",
    "Special",
    "SseComment",
    "SseEvent",
    "SseFinding",
    "SseReader",
    "StreamEnded",
    "Target",
    "TargetError",
    "TransportError",
    "Turnstile",
    "WireTimeout",
    "counters_fell",
    "free_port",
    "lint",
    "now_ms",
    "parse_exposition",
    "read_metrics",
]

_HOMES = {
    "orchqueue.kit.client": "Client",
    "orchqueue.kit.clock": "now_ms",
    "orchqueue.kit.engine": "EngineRequest EngineScript Gate ScriptedEngine Special Turnstile",
    "orchqueue.kit.errors": (
        "EngineError ExpositionError KitError NotTestable ScriptError StreamEnded TargetError TransportError"
        " WireTimeout"
    ),
    "orchqueue.kit.exchange": "Exchange",
    "orchqueue.kit.managed": "ManagedEngine",
    "orchqueue.kit.metrics": "Contract Delta MetricFinding Sample Scrape counters_fell lint parse_exposition",
    "orchqueue.kit.metrics.read": "read_metrics",
    "orchqueue.kit.ports": "free_port",
    "orchqueue.kit.process": "Process",
    "orchqueue.kit.raw": "RawConnection RawReply",
    "orchqueue.kit.server": "AttachedServer RunningServer Server",
    "orchqueue.kit.stream": "Chunk EventStream",
    "orchqueue.kit.target": "AttachedTarget CommandTarget ReferenceTarget Target",
    "orchqueue.sse": "SseComment SseEvent SseFinding SseReader",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
