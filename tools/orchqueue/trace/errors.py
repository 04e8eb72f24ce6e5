"""The tracer's errors: runs that could not be made. What a trace shows to be wrong is a finding."""

from orchqueue.errors import OrchQueueError


class TraceError(OrchQueueError):
    """Something that the trace reads is not in its format. The message names the file and what to do."""
