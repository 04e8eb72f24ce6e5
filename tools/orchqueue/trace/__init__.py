"""The graph of requirement IDs: what refines, checks, cites and governs each, and what is missing.

`trace(root, specs)` gives a `Trace`. The command is in `commands`.
"""

from orchqueue.trace.citation import Citation
from orchqueue.trace.errors import TraceError
from orchqueue.trace.graph import Trace, build_trace
from orchqueue.trace.observed import Observed, Response, declared, read_observed
from orchqueue.trace.tracing import trace

__all__ = [
    "Citation",
    "Observed",
    "Response",
    "Trace",
    "TraceError",
    "build_trace",
    "declared",
    "read_observed",
    "trace",
]
