"""Provider checks: every recorded exchange against the contract, each finding laid to whom it concerns.

Keeps what openapi-core leaves out: undeclared statuses and `X-*` headers, the body of a 204, error codes
against their table, and what an accepted request should have been refused for. Exchanges below HTTP are
left out.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from orchqueue.verify import streams
from orchqueue.verify.contract import TRANSPORT, Contract, Node, Operation, carried, concerned
from orchqueue.verify.evidence import ExchangeRecord
from orchqueue.verify.finding import Finding, Look
from orchqueue.verify.schema_check import Objection, SchemaCheck
from orchqueue.verify.streams import CODES, RETRIABLE, Found

CORRELATION = frozenset({"OC-CTRL-2052"})
ADVICE = frozenset({"OC-CTRL-2011"})
CORRELATION_HEADER = "x-correlation-id"
EVENT_STREAM = "text/event-stream"


class Provider:
    """Looks at exchanges one by one."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._schemas = SchemaCheck(contract)

    def look(self, exchanges: Iterable[ExchangeRecord]) -> Look:
        """Look at all exchanges, and say what they exercised and what was wrong."""
        look = Look()
        for exchange in exchanges:
            if exchange.raw:
                continue
            look.saw(self._exercised(exchange))
            shown = _shown(exchange)
            for ids, message in self._found(exchange):
                told = f"{exchange.method} {exchange.path} → {exchange.status}: {message}"
                look.findings.append(Finding(ids, told, exchange.scenario, shown))
        return look

    def observed(self, exchanges: Iterable[ExchangeRecord]) -> list[dict[str, Any]]:
        """Count which declared answers were seen: `operation` by its operationId, `status`, `count`."""
        seen = Counter((self._answered_by(e), e.status) for e in exchanges if not e.raw)
        return [
            {"operation": operation, "status": status, "count": count}
            for (operation, status), count in sorted(seen.items())
        ]

    def served(self, exchanges: Iterable[ExchangeRecord]) -> dict[str, set[str]]:
        """Give the profiles of operations that answered with success, each with its operations."""
        profiles: dict[str, set[str]] = {}
        for exchange in exchanges:
            operation = self._operation(exchange)
            if operation and operation.profile and not exchange.raw and exchange.status < 300:
                profiles.setdefault(operation.profile, set()).add(operation.identifier)
        return profiles

    def _operation(self, exchange: ExchangeRecord) -> Operation | None:
        return self.contract.operation(exchange.method, exchange.path)

    def _answered_by(self, exchange: ExchangeRecord) -> str:
        """Name the operation whose own response it is, or the transport's that stands in front of all."""
        operation, status = self._operation(exchange), str(exchange.status)
        if operation is None:
            return TRANSPORT
        own = operation.node.get("responses", {})
        return TRANSPORT if status in self.contract.transport and status not in own else operation.identifier

    def _top(self, operation: Operation | None) -> Node:
        node: Node = operation.node if operation else self.contract.openapi.get(TRANSPORT, {})
        return node

    def _response(self, exchange: ExchangeRecord) -> Node | None:
        operation = self._operation(exchange)
        return (operation.responses if operation else self.contract.transport).get(str(exchange.status))

    def _exercised(self, exchange: ExchangeRecord) -> frozenset[str]:
        operation, response = self._operation(exchange), self._response(exchange)
        if response is None:
            return frozenset()
        steps = self.contract.steps(response)
        nodes = [self._top(operation), *steps]
        for name, header in steps[-1].get("headers", {}).items():
            if exchange.header(name) is not None:
                nodes += self.contract.steps(header)
        nodes += self._reached(_media(steps[-1], exchange.header("content-type")), exchange.response_body)
        if operation and exchange.status < 300:
            accepted = operation.node.get("requestBody", {})
            media = _media(accepted, exchange.request_header("content-type"))
            nodes += self._reached(media, exchange.request_body)
        ids = carried(nodes)
        if exchange.status >= 400:
            envelope = _json(exchange.response_body)
            ids |= CODES | RETRIABLE | carried([self.contract.errors.get(_code(envelope), {})])
        if _is_stream(exchange):
            ids |= streams.exercised(streams.read(exchange), self.contract)
        return ids

    def _reached(self, media: Node, body: str) -> list[Node]:
        value = _json(body)
        if "schema" not in media or value is None:
            return []
        return list(self.contract.reached(media["schema"], value))

    def _found(self, exchange: ExchangeRecord) -> list[Found]:
        try:
            return list(self._judge(exchange))
        except RecursionError:
            return [(CODES, "the body is nested too deeply to be judged")]

    def _judge(self, exchange: ExchangeRecord) -> Iterator[Found]:
        operation, response = self._operation(exchange), self._response(exchange)
        yield from _correlation(exchange)
        if response is None:
            declared = "operation" if operation else "transport"
            yield concerned([self._top(operation)]), f"the {declared} does not declare this status"
            return
        trail = [self._top(operation), *self.contract.steps(response)]
        for objection in self._schemas.response(exchange, routed=operation is not None):
            if objection.part == "body" and not _has_whole_body(exchange):
                continue
            yield self._concerned(trail, objection, exchange), objection.message
        yield from self._undeclared(exchange, trail)
        if operation and exchange.status < 300:
            yield from self._accepted(exchange, operation)
        if exchange.status >= 400:
            yield from self._error(exchange, trail)
        if _is_stream(exchange):
            yield from streams.judge(streams.read(exchange), self.contract)

    def _concerned(self, trail: list[Node], objection: Objection, exchange: ExchangeRecord) -> frozenset[str]:
        """Find the narrowest node that an objection to a response is about."""
        response = trail[-1]
        if objection.part == "header":
            header = response.get("headers", {}).get(objection.name, {})
            return concerned([*trail, *self.contract.steps(header)])
        media = _media(response, exchange.header("content-type"))
        if objection.part == "body" and "schema" in media:
            return concerned([*trail, media, *self.contract.trail_into(media["schema"], objection.path)])
        return concerned(trail)

    def _undeclared(self, exchange: ExchangeRecord, trail: list[Node]) -> Iterator[Found]:
        declared = {name.lower() for name in trail[-1].get("headers", {})}
        for name in dict.fromkeys(name.lower() for name, _ in exchange.response_headers):
            if name.startswith("x-") and name not in declared:
                yield concerned(trail), f"the header {name} is not declared"
        if exchange.status == 204 and exchange.response_body:
            yield concerned(trail), "a 204 has a body"

    def _accepted(self, exchange: ExchangeRecord, operation: Operation) -> Iterator[Found]:
        """Say what an accepted request should have been refused for."""
        for objection in self._schemas.request(exchange):
            body = _media(operation.node.get("requestBody", {}), exchange.request_header("content-type"))
            trail: list[Node] = [operation.node]
            if objection.part == "security":
                trail += self.contract.openapi.get("components", {}).get("securitySchemes", {}).values()
            elif objection.part == "parameter":
                trail += self._parameter(operation, objection.name)
            elif "schema" in body:
                trail += self.contract.trail_into(body["schema"], objection.path)
            yield concerned(trail), f"accepted, though the request breaks the contract: {objection.message}"

    def _parameter(self, operation: Operation, name: str) -> list[Node]:
        for parameter in operation.node.get("parameters", ()):
            steps = self.contract.steps(parameter)
            if steps[-1].get("name") == name:
                return steps
        return []

    def _error(self, exchange: ExchangeRecord, trail: list[Node]) -> Iterator[Found]:
        envelope = _json(exchange.response_body)
        known = self.contract.errors.get(_code(envelope))
        if not isinstance(envelope, dict) or known is None:
            return  # the schema has said so
        code, allowed = envelope["code"], trail[-1].get("x-error-codes")
        if known["status"] != exchange.status or not known["http"] or (allowed and code not in allowed):
            # OC-CTRL-2030, and whoever's answer it is
            yield CODES | carried(trail[:1]), f"the code {code} does not go with this status"
        if not self.contract.label_fits(envelope):
            yield CODES, f"the policy_label {envelope['policy_label']} does not go with the code {code}"
        if envelope.get("retriable") is not known["retriable"]:
            told = envelope.get("retriable")
            yield RETRIABLE, f"{code} says retriable {told}, the table {known['retriable']}"  # OC-CTRL-2032
        if (exchange.status == 429 or (exchange.status == 503 and known["retriable"])) and (
            "retry_after_ms" not in envelope
        ):
            yield RETRIABLE, "the envelope has no retry_after_ms"  # OC-CTRL-2032
        if envelope.get("correlation_id") != exchange.header(CORRELATION_HEADER):
            # OC-CTRL-2052
            yield CORRELATION, "the envelope's correlation_id is not that of the response's header"
        yield from _advice(exchange, envelope)


def _correlation(exchange: ExchangeRecord) -> Iterator[Found]:
    """OC-CTRL-2052: exactly one."""
    values = [value for name, value in exchange.response_headers if name.lower() == CORRELATION_HEADER]
    if len(values) > 1:
        yield CORRELATION, f"{len(values)} X-Correlation-Id headers"


def _advice(exchange: ExchangeRecord, envelope: dict[str, Any]) -> Iterator[Found]:
    """OC-CTRL-2011: the same advice in headers and body, in seconds rounded up and in milliseconds."""
    seconds, backoff = exchange.header("retry-after"), exchange.header("x-backoff-ms")
    if seconds is None or backoff is None or not (seconds.isdigit() and backoff.isdigit()):
        return  # the schema has said so
    if int(seconds) != max(1, -(-int(backoff) // 1000)):
        yield ADVICE, f"Retry-After {seconds} s is not X-Backoff-Ms {backoff} ms rounded up"
    if envelope.get("retry_after_ms") not in (None, int(backoff)):
        yield ADVICE, f"retry_after_ms {envelope['retry_after_ms']} is not X-Backoff-Ms {backoff}"


def _media(node: Node, content_type: str | None) -> Node:
    content: Node = node.get("content", {})
    found: Node = content.get((content_type or "").partition(";")[0].strip().lower(), {})
    return found


def _has_whole_body(exchange: ExchangeRecord) -> bool:
    """Say whether the body can be judged: an answer to HEAD has none, one that was left is not whole."""
    return exchange.method != "HEAD" and exchange.complete


def _is_stream(exchange: ExchangeRecord) -> bool:
    return exchange.status == 200 and (exchange.header("content-type") or "").lower().startswith(EVENT_STREAM)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _code(envelope: Any) -> str:
    return str(envelope.get("code")) if isinstance(envelope, dict) else ""


def _shown(exchange: ExchangeRecord) -> dict[str, Any]:
    query = f"?{exchange.query}" if exchange.query else ""
    return {
        "method": exchange.method,
        "url": exchange.path + query,
        "status": exchange.status,
        "headers": [list(pair) for pair in exchange.response_headers],
        "request_body": exchange.request_body[:2000],
        "body": exchange.response_body[:2000],
        "scenario": exchange.scenario,
    }
