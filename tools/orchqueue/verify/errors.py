"""What can keep a conformance run from being made."""

from orchqueue.errors import OrchQueueError


class VerifyError(OrchQueueError):
    """A conformance run that could not be made."""


class BaselineError(VerifyError):
    """A baseline that cannot be read, or that names what no spec has."""


class EvidenceError(VerifyError):
    """A file of evidence that cannot be read. What cannot be read must not count as checked."""


class TargetError(VerifyError):
    """The target never gave an HTTP response, or refused the key."""


class RunnerError(VerifyError):
    """The process that runs the features ended before it had told what came of them."""


class SelectionError(VerifyError):
    """A choice of features or requirements that leaves nothing to run."""


class ExplorationError(VerifyError):
    """Requests could not be made from the contract, or could not be sent."""
