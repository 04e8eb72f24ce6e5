"""What a queue refuses to do. Each is the caller's fault, and leaves the queue as it was."""


class QueueError(ValueError):
    """The call does not fit the queue's state."""


class DuplicateIdError(QueueError):
    """An item of this id waits already."""


class TicketError(QueueError):
    """The ticket was settled or put back before, or belongs to another queue."""


class SnapshotError(QueueError):
    """What was to be restored is not the snapshot of a queue of this order."""
