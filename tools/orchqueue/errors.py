"""The kit's tree of errors. Each area derives its own; the command line prints the message and chooses the exit code."""


class OrchQueueError(Exception):
    """A run that could not be made. The message says what happened and what to do."""

    exit_code = 2
