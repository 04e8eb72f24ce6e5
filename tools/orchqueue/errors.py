"""The kit's tree of errors: each area derives its own, and the command line prints the message."""


class OrchQueueError(Exception):
    """A run that could not be made. The message says what happened and what to do."""

    exit_code = 2
