"""The way of one request: lists, size, rate, redaction, modules, the other side, and all of it back again;
whatever came of it is one line of the audit log.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from orchestratord.core.rate_limits import TokenBucket
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.plan import ToolPlan
from orchestratord.policy.snapshot import Passage, ToolStep
from orchestratord.policy.tools import redaction, rules
from orchestratord.policy.tools.errors import ToolDeniedError, ToolError, ToolFailedError
from orchestratord.policy.tools.judges import Judges
from orchestratord.policy.tools.messages import ToolRequest, ToolResponse
from orchestratord.policy.tools.net import OWN_HEADERS, Outside

MOST_TOOLS: Final = 1_024

Audit = Callable[[Mapping[str, Any]], None]


@dataclass
class _Line:
    """What the audit log will say of one request; nothing of its texts but host and path."""

    began_ms: float
    fields: dict[str, Any]
    decisions: list[Mapping[str, Any]] = field(default_factory=list)
    redactions: int = 0


class ToolGate:
    """Mediates requests; `audit` takes one line for each, and may raise OSError. To be used in one event
    loop, and closed.
    """

    def __init__(
        self,
        plan: ToolPlan,
        host: PolicyHost,
        audit: Audit,
        *,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
        time_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        self._plan = plan
        self._audit = audit
        self._now_ms = now_ms
        self._judges = Judges(host, time_ms)
        self._buckets: dict[str, TokenBucket] = {}
        self._outside = Outside(rules.listed_hosts(plan), plan.timeout_ms)

    async def request(self, asked: ToolRequest) -> ToolResponse:
        """Carry out a request. Raises ToolDeniedError, and ToolFailedError when the other side fails."""
        line = _Line(
            self._now_ms(),
            {"correlation_id": asked.correlation_id, "tool": asked.tool},
        )
        line.fields |= {"method": asked.method[:16], "outcome": "canceled"}
        try:
            answer = await self._mediated(asked, line)
            line.fields["outcome"] = "allowed"
        except ToolDeniedError as error:
            line.fields |= {"outcome": "denied", "rule": error.rule, "reason": str(error)}
            raise
        except ToolError as error:
            line.fields |= {"outcome": "failed", "reason": str(error)}
            raise
        finally:
            self._written(line)
        return answer

    async def close(self) -> None:
        """Give up connections, and ask no module any more."""
        await self._outside.close()
        self._judges.close()

    async def _mediated(self, asked: ToolRequest, line: _Line) -> ToolResponse:
        # OC-POLICY-4030, OC-POLICY-4031
        goal = rules.destination(asked.url)
        path, _ = redaction.by_patterns(goal.path, self._plan.redact)
        line.fields |= {"host": goal.host, "port": goal.port, "path": path, "bytes_out": len(asked.body)}
        rules.check_destination(goal, asked.method, self._plan)
        if redaction.by_patterns(asked.url, self._plan.redact)[1]:
            raise ToolDeniedError("redact", "the URL holds what would have to be redacted")
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in OWN_HEADERS}
        kind = self._checked_body(asked.body, headers)
        self._take_turn(asked.tool)
        facts = {"method": asked.method, "url": asked.url, "host": goal.host, "port": goal.port}
        facts |= {"type": kind, "headers": sorted(headers)}
        body = await self._judged(self._passage("tool_request", asked, facts, asked.body), asked.body, line)
        answer = await self._outside.send(asked, body, headers, self._plan)
        facts = {"status": answer.status, "type": answer.type}
        line.fields |= {**facts, "bytes_in": len(answer.body)}
        told = await self._judged(
            self._passage("tool_response", asked, facts, answer.body), answer.body, line
        )
        return ToolResponse(answer.status, answer.type, told, line.redactions)

    def _checked_body(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """The MIME type of a body that may be sent; None where there is none."""
        rules.check_size("request", len(body), self._plan.max_request_bytes)
        if not body:
            return None
        kind = rules.essence(next((v for n, v in headers.items() if n.lower() == "content-type"), None))
        rules.check_type(kind, self._plan)
        return kind

    @staticmethod
    def _passage(step: ToolStep, asked: ToolRequest, facts: Mapping[str, Any], body: bytes) -> Passage:
        return Passage(step, asked.tool, asked.correlation_id, facts, len(body))

    async def _judged(self, passage: Passage, body: bytes, line: _Line) -> bytes:
        """A body as it may pass, after the patterns and after what each module names."""
        text = _text(body)
        if text is not None:
            text, line.redactions = _counted(redaction.by_patterns(text, self._plan.redact), line)
        elif self._plan.redact:
            raise ToolDeniedError("redact", "a body that is no text may not pass where something is redacted")
        for number in range(self._judges.count):
            judged = await self._judges.ask(number, passage, text)
            line.decisions.append(judged.told)
            if judged.decision.denied:
                message = f"the policy {judged.plugin_id} denied it: {judged.decision.reason}"
                raise ToolDeniedError(judged.plugin_id, message)
            if text is not None:
                text, line.redactions = _counted(redaction.by_names(text, judged.decision.redact), line)
        return body if text is None else text.encode()

    def _take_turn(self, tool: str) -> None:
        # OC-POLICY-4031
        now_ms = self._now_ms()
        bucket = self._buckets.get(tool)
        if bucket is None:
            if len(self._buckets) >= MOST_TOOLS:
                raise ToolDeniedError("rate", f"more than {MOST_TOOLS} tools ask at once")
            bucket = self._buckets[tool] = TokenBucket(self._plan.rate, now_ms)
        wait_ms = bucket.wait_ms(now_ms)
        if wait_ms > 0:
            raise ToolDeniedError("rate", f"this tool asks too often; it may again in {wait_ms:.0f} ms")
        bucket.take()

    def _written(self, line: _Line) -> None:
        # OC-POLICY-4032
        more = {"redactions": line.redactions, "decisions": line.decisions}
        try:
            self._audit({**line.fields, **more, "latency_ms": round(self._now_ms() - line.began_ms, 3)})
        except OSError as error:
            raise ToolFailedError(f"the audit log cannot be written ({error.strerror})") from None


def _counted(redacted: tuple[str, int], line: _Line) -> tuple[str, int]:
    return redacted[0], line.redactions + redacted[1]


def _text(body: bytes) -> str | None:
    """The body as text; None when it is none, so that nothing can be looked for in it."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
