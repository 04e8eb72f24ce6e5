"""What a module says: its decision as JSON, read strictly, and what came of a call."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import msgspec

from orchestratord.core.tasks import Priority
from orchestratord.policy.errors import CallError
from orchestratord.policy.plan import SaidLevel

Verdict = Literal["allow", "change", "deny", "fail"]

LONGEST_REASON = 256
MOST_REDACTED = 64
Redacted = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
NOT_DECIDED = "it could not decide, and what it cannot decide is denied"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a module decided, or that it failed to.

    `denied` is what holds, also after a failure; `reason` is for whoever asked, `failure` for the log. `said`
    are lines that the module wrote, each with its level; `redact` are texts that must not pass.
    """

    verdict: Verdict
    denied: bool
    reason: str | None = None
    failure: str | None = None
    priority: Priority | None = None
    redact: tuple[str, ...] = ()
    said: tuple[tuple[SaidLevel, str], ...] = ()


class AdmissionAnswer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The decision of `oq_admit`."""

    decision: Literal["allow", "deny"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)] | None = None
    priority: Priority | None = None
    correlation_id: str | None = None


class ToolAnswer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The decision of `oq_tool_request` and `oq_tool_response`."""

    decision: Literal["allow", "deny"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)] | None = None
    redact: Annotated[list[Redacted], msgspec.Meta(max_length=MOST_REDACTED)] = []
    correlation_id: str | None = None


Answer = TypeVar("Answer", AdmissionAnswer, ToolAnswer)

_tool = msgspec.json.Decoder(ToolAnswer)
_admission = msgspec.json.Decoder(AdmissionAnswer)


def read_admission(text: bytes, correlation_id: str, asked: Priority) -> Decision:
    """The decision about a task in a text. Raises CallError when it holds none."""
    answer = _read(_admission, text, correlation_id)
    if answer.decision == "deny":
        if answer.priority is not None:
            raise CallError("a decision to deny sets no priority")
        return Decision("deny", True, answer.reason)
    if answer.priority is None or answer.priority == asked:
        return Decision("allow", False)
    return Decision("change", False, priority=answer.priority)


def read_tool(text: bytes, correlation_id: str) -> Decision:
    """The decision about a tool's request or answer in a text. Raises CallError when it holds none."""
    answer = _read(_tool, text, correlation_id)
    if answer.decision == "deny":
        if answer.redact:
            raise CallError("a decision to deny redacts nothing")
        return Decision("deny", True, answer.reason)
    return Decision("change" if answer.redact else "allow", False, redact=tuple(answer.redact))


def _read(decoder: msgspec.json.Decoder[Answer], text: bytes, correlation_id: str) -> Answer:
    try:
        answer = decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallError(f"its decision is none: {error}") from None
    if answer.correlation_id not in (None, correlation_id):
        raise CallError("its decision has the correlation id of another request")
    if (answer.decision == "deny") != (answer.reason is not None):
        raise CallError("a decision has a reason when it denies, and only then")
    return answer


def failed(failure: str, denies: bool, said: tuple[tuple[SaidLevel, str], ...] = ()) -> Decision:
    """The decision that holds after a failure."""
    # OC-POLICY-4012
    return Decision("fail", denies, NOT_DECIDED if denies else None, failure, said=said)
