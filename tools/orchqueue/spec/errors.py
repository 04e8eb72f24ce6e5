"""The spec tool's errors: runs that could not be made. What is wrong inside a spec is a `Finding`, not an
exception.
"""

from orchqueue.errors import OrchQueueError


class SpecError(OrchQueueError):
    """The specs could not be read or the results not be written.

    The message names the path and what to do.
    """
