"""What can be wrong with the scenarios themselves."""

from orchqueue.errors import OrchQueueError


class ScenarioFault(OrchQueueError):  # noqa: N818 - named for whose it is
    """A line needs what no earlier line of its scenario has brought about; it says nothing of the server."""
