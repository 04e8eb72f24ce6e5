"""The course of one task as it becomes known, and what it comes to: outcome, exit code, an object of JSON."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from orchqueue.client import (
    Admission,
    Budgets,
    CancelOutcome,
    ClientError,
    EventData,
    KeyRefusedError,
    RefusedError,
)
from orchqueue_contract.events import EndEvent, MetricsEvent, StartedEvent, TokenEvent
from orchqueue_contract.models import CompletionRequest, SessionInfo, StreamError


class Outcome(StrEnum):
    """How it ended: of itself, cancelled, in an error, refused, or in a way that could not be learnt."""

    END = "end"
    CANCELED = "canceled"
    ERROR = "error"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass
class Course:
    """What is known so far. Times are milliseconds since the submission, by `now_ms`."""

    request: CompletionRequest
    now_ms: Callable[[], float] = lambda: time.monotonic() * 1000.0
    admission: Admission | None = None
    started: StartedEvent | None = None
    end: EndEvent | None = None
    cancel: CancelOutcome | None = None
    budgets: Budgets | None = None
    fault: ClientError | StreamError | None = None
    interrupted: bool = False
    first_token_ms: float | None = None
    total_ms: float | None = None
    sent_ms: float | None = None
    _texts: list[str] = field(default_factory=list)

    def send(self) -> None:
        """Count time from now on: the submission is sent, for the first time or again."""
        self.sent_ms = self.now_ms()

    @property
    def elapsed_ms(self) -> float:
        """How long ago the submission was sent."""
        return 0.0 if self.sent_ms is None else self.now_ms() - self.sent_ms

    @property
    def text(self) -> str:
        """The tokens so far."""
        return "".join(self._texts)

    @property
    def tokens(self) -> int:
        """How many tokens there were: by the engine's count when it ended, else by the events."""
        return self.end.tokens_out if self.end is not None else len(self._texts)

    @property
    def outcome(self) -> Outcome:
        """How it ended, or seems to have ended so far."""
        if self.end is not None:
            return Outcome.CANCELED if self.end.finish_reason == "canceled" else Outcome.END
        if isinstance(self.fault, StreamError):
            return Outcome.ERROR
        if isinstance(self.fault, RefusedError) and self.admission is None:
            return Outcome.REFUSED
        return Outcome.CANCELED if self.interrupted and self.fault is None else Outcome.UNKNOWN

    @property
    def exit_code(self) -> int:
        """0: the task ended of itself; 1: it did not; 2: that could not be learnt. OC-CLIENT-8511."""
        if self.outcome is Outcome.END:
            return 0
        return 2 if self.outcome is Outcome.UNKNOWN or isinstance(self.fault, KeyRefusedError) else 1

    def admitted(self, admission: Admission) -> None:
        """Take the answer to the submission."""
        self.admission, self.budgets = admission, admission.budgets

    def take(self, data: EventData) -> None:
        """Take an event."""
        match data:
            case StartedEvent():
                self.started = data
            case TokenEvent():
                if self.first_token_ms is None:
                    self.first_token_ms = self.elapsed_ms
                self._texts.append(data.t)
            case MetricsEvent():
                self.budgets = Budgets(
                    data.tokens_budget_remaining, data.time_budget_remaining_ms, data.cost_budget_remaining
                )
            case EndEvent():
                self.end, self.total_ms = data, self.elapsed_ms
            case StreamError():
                self.fault, self.total_ms = data, self.elapsed_ms

    def settled(self, session: SessionInfo) -> None:
        """Take what the session has left once all is settled."""
        self.budgets = Budgets(
            session.tokens_budget_remaining, session.time_budget_remaining_ms, session.cost_budget_remaining
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything as one object; what is not known is null."""
        admitted = self.admission and self.admission.response
        return {
            "outcome": self.outcome,
            "task_id": self.request.task_id,
            "session_id": self.request.session_id,
            "job_id": admitted and admitted.job_id,
            "correlation_id": self.admission and self.admission.correlation_id,
            "text": self.text,
            "tokens_out": self.tokens,
            "finish_reason": self.end and self.end.finish_reason,
            "cancel_outcome": self.cancel,
            "queue_position": admitted and admitted.queue_position,
            "predicted_start_ms": admitted and admitted.predicted_start_ms,
            "started": self.started and self.started.model_dump(),
            "first_token_ms": self.first_token_ms and round(self.first_token_ms, 1),
            "decode_ms": self.end and self.end.decode_ms,
            "total_ms": self.total_ms and round(self.total_ms, 1),
            "budgets": self.budgets and asdict(self.budgets),
            "transcript": self._transcript(),
            "error": self._error(),
        }

    def _transcript(self) -> str | None:
        last = self.end or self.fault
        return last.transcript if isinstance(last, EndEvent | StreamError) else None

    def _error(self) -> dict[str, Any] | None:
        if self.fault is None:
            return None
        envelope = getattr(self.fault, "envelope", self.fault)
        if isinstance(envelope, ClientError):
            return {"message": str(envelope)}
        shown: dict[str, Any] = envelope.model_dump(exclude={"transcript"})
        return shown
