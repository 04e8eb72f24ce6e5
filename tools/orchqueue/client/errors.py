"""What can go wrong for a client, as types: the wire, a foreign answer, a refusal, a task that failed."""

from orchqueue.errors import OrchQueueError
from orchqueue_contract.errors import ERRORS, ErrorCode, ErrorSpec
from orchqueue_contract.models import ErrorEnvelope, StreamError


class ClientError(OrchQueueError):
    """The base of all errors of this package."""


class AddressError(ClientError):
    """The URL or the key cannot be used as such; nothing was sent."""


class UnreachableError(ClientError):
    """No complete answer: nothing listens, the connection was lost, or it took too long.

    What was asked may have been done all the same.
    """


class AnswerLostError(UnreachableError):
    """The connection ended before the answer was complete."""


class StreamLostError(UnreachableError):
    """A stream was lost and could not be taken up again in time. The task may run on.

    `task_id` and `last_event_id` (None before the first event) are where another stream can go on.
    """

    def __init__(self, message: str, task_id: str, last_event_id: int | None) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.last_event_id = last_event_id


class ContractError(ClientError):
    """The server answered, but not as the contract says: another kind of server, or a faulty one."""


class ApiError(ClientError):
    """What the server says in an ErrorEnvelope, which is in `envelope`."""

    def __init__(self, envelope: ErrorEnvelope | StreamError) -> None:
        super().__init__(f"{envelope.code}: {envelope.message}")
        self.envelope = envelope

    @property
    def code(self) -> ErrorCode:
        """What went wrong."""
        return ErrorCode(self.envelope.code)

    @property
    def spec(self) -> ErrorSpec:
        """What the contract says of the code; its `hint` tells what the caller can do."""
        return ERRORS[self.code]

    @property
    def retriable(self) -> bool:
        """Whether the same may succeed later."""
        return self.envelope.retriable

    @property
    def retry_after_s(self) -> float | None:
        """After how many seconds to come back, None without advice."""
        advice = self.envelope.retry_after_ms
        return None if advice is None else advice / 1000.0


class RefusedError(ApiError):
    """A request was refused, with the HTTP status `status`; nothing was begun."""

    def __init__(self, status: int, envelope: ErrorEnvelope) -> None:
        super().__init__(envelope)
        self.status = status


class KeyRefusedError(RefusedError):
    """The key is missing, unknown or without the scope that the route needs."""


class BusyError(RefusedError):
    """Refused for now: capacity is taken, or there is none yet. `retry_after_s` is when to come back."""


class TaskFailedError(ApiError):
    """An accepted task ended in an error. If it is `retriable`, submit it again under a new task id."""
