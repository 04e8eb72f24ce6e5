"""What is told of a task's course: pairs of a label and a sentence, each within a terminal's 80 columns."""

from collections.abc import Iterator

from orchqueue.client import (
    Admission,
    ApiError,
    Budgets,
    BusyError,
    CancelOutcome,
    ClientError,
    KeyRefusedError,
    Loss,
    StreamLostError,
    UnreachableError,
)
from orchqueue.task.course import Course, Outcome
from orchqueue_contract.events import EndEvent, StartedEvent
from orchqueue_contract.models import CompletionRequest, ErrorEnvelope, StreamError

Note = tuple[str, str]
_CANCELED = {
    CancelOutcome.CANCELED_QUEUED: "while it waited, so no engine has seen it",
    CancelOutcome.CANCELED_RUNNING: "while it ran",
    CancelOutcome.ALREADY_FINISHED: "too late, the task had finished",
}
_REASONS = {"stop": "by itself", "length": "at --max-tokens", "canceled": "canceled"}


def accepted(admission: Admission, session_id: str) -> Iterator[Note]:
    """Tell that the task has a place in a queue."""
    response = admission.response
    yield "task", response.task_id
    yield "session", session_id
    before = "next" if response.queue_position == 0 else f"{response.queue_position} before it"
    yield "queue", f"{before}, predicted to start in {seconds(response.predicted_start_ms)}"


def started(event: StartedEvent, after_ms: float) -> Note:
    """Tell where it runs."""
    where = f"{event.pool_id}/{event.replica_id} ({event.engine} {event.engine_version})"
    return "started", f"after {seconds(after_ms)} on {where}"


def busy(error: BusyError, delay_s: float) -> Note:
    """Tell why the task was not taken yet, and when it is sent again."""
    return "busy", f"{error.code}; sent again in {seconds(delay_s * 1000.0)}"


def lost(loss: Loss) -> Note:
    """Tell of a lost connection."""
    return "lost", f"{loss.reason}; again in {seconds(loss.again_in_s * 1000.0)}"


def ended(course: Course) -> Iterator[Note]:
    """Tell what the task came to, and what can be done where it came to nothing."""
    if course.end is not None:
        yield "end", _pace(course, course.end)
    if course.cancel is not None:
        yield "cancel", f"{course.cancel}: {_CANCELED[course.cancel]}"
    if course.outcome is Outcome.CANCELED and course.admission is None:
        yield "canceled", "before it was accepted, so the server knows nothing of it"
    if course.fault is not None:
        yield "error" if course.outcome is not Outcome.REFUSED else "refused", _fault(course)
        yield from _details(course.fault)
        yield from _advice(course)
    if course.budgets is not None:
        yield "budgets", _budgets(course.budgets)


def seconds(ms: float) -> str:
    """Write a duration for people."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:,.1f} s"


def _pace(course: Course, end: EndEvent) -> str:
    told = [f"{course.tokens} tokens"]
    if course.first_token_ms is not None:
        told.append(f"the first after {seconds(course.first_token_ms)}")
    if end.decode_ms and course.tokens > 1:
        told.append(f"then {1000.0 * (course.tokens - 1) / end.decode_ms:.0f}/s")
    return f"{_REASONS[end.finish_reason]}: {', '.join(told)}; {seconds(course.total_ms or 0.0)} in all"


def _fault(course: Course) -> str:
    fault = course.fault
    return f"{fault.code}: {fault.message}" if isinstance(fault, StreamError) else str(fault)


def _details(fault: ClientError | StreamError) -> Iterator[Note]:
    envelope = fault.envelope if isinstance(fault, ApiError) else fault
    details = envelope.details if isinstance(envelope, ErrorEnvelope | StreamError) else None
    for detail in details or []:
        yield "at", f"{detail.pointer or detail.name or 'the whole'}: {detail.message}"


def _advice(course: Course) -> Iterator[Note]:
    fault = course.fault
    if isinstance(fault, StreamError) and fault.retriable:
        yield "advice", "the same may succeed when it is submitted again"
    elif isinstance(fault, BusyError) and course.admission is None:
        when = "later" if fault.retry_after_s is None else f"in {seconds(fault.retry_after_s * 1000.0)}"
        yield "advice", f"come back {when}; --wait does"
    elif isinstance(fault, KeyRefusedError):
        yield "advice", "give a key of this server by ORCHQUEUE_API_KEY or --api-key"
    elif isinstance(fault, ApiError):
        pointers = {detail.pointer for detail in fault.envelope.details or []}
        names = bool(pointers & {"/model_ref", "/engine"})
        yield "advice", "name them with --model and --engine" if names else fault.spec.hint
    elif isinstance(fault, StreamLostError):
        yield "advice", f"to read on, repeat the command with {_again(course.request)}"
    elif isinstance(fault, UnreachableError) and not course.interrupted:
        yield "advice", "look whether the server runs, and what --url names"


def _again(request: CompletionRequest) -> str:
    return f"--task-id {request.task_id} --session {request.session_id}"


def _budgets(budgets: Budgets) -> str:
    tokens = "any number of tokens" if budgets.tokens is None else f"{budgets.tokens:,.0f} tokens"
    time = "any time" if budgets.time_ms is None else seconds(budgets.time_ms)
    cost = "any cost" if budgets.cost is None else f"cost {f'{budgets.cost:.6f}'.rstrip('0').rstrip('.')}"
    return f"{tokens}, {time} of decoding, {cost} left"
