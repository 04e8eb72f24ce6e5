"""A small typed client of the API, for asyncio: tasks, streams that survive a loss, and all other routes.

Bodies and events are the contract's own models, `orchqueue_contract.models` and `.events`.
"""

from orchqueue.client.api import AsyncClient
from orchqueue.client.errors import (
    AddressError,
    AnswerLostError,
    ApiError,
    BusyError,
    ClientError,
    ContractError,
    KeyRefusedError,
    RefusedError,
    StreamLostError,
    TaskFailedError,
    UnreachableError,
)
from orchqueue.client.requests import completion
from orchqueue.client.stream import EventData, Loss, StreamEvent, TaskStream
from orchqueue.client.values import Admission, Budgets, CancelOutcome

__all__ = [
    "AddressError",
    "Admission",
    "AnswerLostError",
    "ApiError",
    "AsyncClient",
    "Budgets",
    "BusyError",
    "CancelOutcome",
    "ClientError",
    "ContractError",
    "EventData",
    "KeyRefusedError",
    "Loss",
    "RefusedError",
    "StreamEvent",
    "StreamLostError",
    "TaskFailedError",
    "TaskStream",
    "UnreachableError",
    "completion",
]
