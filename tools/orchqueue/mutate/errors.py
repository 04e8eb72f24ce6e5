"""What can keep a kill matrix from being made."""

from orchqueue.errors import OrchQueueError


class MutateError(OrchQueueError):
    """A matrix that could not be made, or that would say nothing: the control mutant did not survive, say."""


class MatrixError(MutateError):
    """A file that is no kill matrix."""
