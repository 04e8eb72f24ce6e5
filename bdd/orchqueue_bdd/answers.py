"""What can be demanded of an answer.

Each function looks at one thing, so that a scenario fails for its own reason.
"""

import json
import math
import re
from typing import Any, TypeGuard

from orchqueue.kit import Exchange, NotTestable
from orchqueue_contract.errors import ERRORS, ErrorCode, ErrorSpec

CORRELATION = "X-Correlation-Id"

_CORRELATION = re.compile(r"[!-~]{1,128}")
_RANDOM_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def has_status(answer: Exchange, status: int) -> None:
    """Demand a status."""
    assert answer.status == status, (
        f"{_what(answer)} was answered {answer.status}, not {status}: {_body(answer)}"
    )


def refuses(answer: Exchange, status: int, code: str) -> None:
    """Demand a status and a code."""
    has_status(answer, status)
    told = envelope(answer).get("code")
    assert told == code, f"the code is {told!r}, not {code!r}"


def envelope(answer: Exchange) -> dict[str, Any]:
    """Give the body of an error, which has to be a JSON object. Raises NotTestable where nothing failed."""
    if answer.status < 400:
        raise NotTestable(f"{_what(answer)} was answered {answer.status}, which is no failure")
    try:
        body = answer.json()
    except ValueError:
        raise AssertionError(f"the body is not JSON: {_body(answer)}") from None
    assert isinstance(body, dict), f"the body is not a JSON object: {_body(answer)}"
    return body


def is_envelope(answer: Exchange) -> None:
    """Demand the form of the envelope, whatever it says."""
    body = envelope(answer)
    media = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    assert media == "application/json", f"the media type is {media!r}"
    has_form(body)


def has_form(body: dict[str, Any]) -> None:
    """Demand of an error, be it a body or the data of an event, what every error has."""
    for name, kind in (("code", str), ("message", str), ("retriable", bool), ("correlation_id", str)):
        assert isinstance(body.get(name), kind), f"{name} is {body.get(name)!r} in {body}"
        assert body[name] != "", f"{name} is empty in {body}"


def is_tabled(answer: Exchange) -> None:
    """Demand a code of the closed table, under the status that the table gives."""
    spec = tabled(envelope(answer))
    assert spec.http, f"{spec.code} occurs in streams only, but was told as {answer.status}"
    assert answer.status == spec.status, (
        f"{spec.code} has the status {answer.status}, the table says {spec.status}"
    )


def tabled(body: dict[str, Any]) -> ErrorSpec:
    """Give the table's row for an error. Raises AssertionError for a code that the table has not."""
    code = body.get("code")
    assert code in set(ErrorCode), f"the table has no code {code!r}"
    return ERRORS[ErrorCode(code)]


def tells_retriable(body: dict[str, Any]) -> None:
    """Demand the table's own word on whether trying again helps."""
    spec = tabled(body)
    told = body.get("retriable")
    assert told is spec.retriable, f"retriable is {told!r} for {spec.code}, the table says {spec.retriable}"


def gives_time(answer: Exchange) -> None:
    """Demand `retry_after_ms` where the status is 429 or a retriable 503."""
    body = envelope(answer)
    if answer.status == 429 or (answer.status == 503 and tabled(body).retriable):
        told = body.get("retry_after_ms")
        assert _is_whole(told), f"retry_after_ms is {told!r} under {answer.status}"


def advises(answer: Exchange) -> None:
    """Demand the same advice in both headers and the body."""
    backoff, seconds = header_number(answer, "X-Backoff-Ms"), header_number(answer, "Retry-After")
    assert backoff >= 1, f"X-Backoff-Ms is {backoff}"
    assert seconds == max(1, math.ceil(backoff / 1000)), f"Retry-After is {seconds} s for {backoff} ms"
    told = envelope(answer).get("retry_after_ms")
    assert told == backoff, f"retry_after_ms is {told!r}, X-Backoff-Ms {backoff}"


def says_when(answer: Exchange) -> None:
    """Demand that headers and body tell a time, whatever it is."""
    assert header_number(answer, "Retry-After") >= 1, "Retry-After is less than a second"
    told = envelope(answer).get("retry_after_ms")
    assert _is_whole(told), f"retry_after_ms is {told!r}"
    assert told > 0, "retry_after_ms is 0"


def header_number(answer: Exchange, name: str) -> int:
    """Give a header that is a whole number."""
    value = answer.header(name)
    assert value is not None, f"there is no {name} under {answer.status}"
    assert re.fullmatch("[0-9]+", value), f"{name} is {value!r}"
    return int(value)


def points_at(answer: Exchange, pointer: str) -> None:
    """Demand that the details name the JSON pointer of the offender."""
    details = envelope(answer).get("details")
    named = (
        [each.get("pointer") for each in details if isinstance(each, dict)]
        if isinstance(details, list)
        else []
    )
    assert pointer in named, f"the details point at {named}, not at {pointer!r}"


def names_pool(body: dict[str, Any], engine: str, pool: str) -> None:
    """Demand the engine and the pool that are concerned."""
    told = (body.get("engine"), body.get("pool_id"))
    assert told == (engine, pool), f"engine and pool_id are {told}, not {(engine, pool)}"


def names_engine(body: dict[str, Any], engine: str) -> None:
    """Demand the engine that is concerned."""
    assert body.get("engine") == engine, f"the engine is {body.get('engine')!r}, not {engine!r}"


def table_gives(code: str, status: int) -> None:
    """Demand a row of the closed table, and its status."""
    assert code in set(ErrorCode), f"the table has no code {code!r}"
    told = ERRORS[ErrorCode(code)].status
    assert told == status, f"the table gives {code} the status {told}"


def allows(answer: Exchange, methods: set[str]) -> None:
    """Demand just these methods in `Allow`."""
    told = {name.strip() for value in answer.header_values("Allow") for name in value.split(",")}
    assert told == methods, f"Allow lists {sorted(told)}, not {sorted(methods)}"


def asks_for_key(answer: Exchange) -> None:
    """Demand the challenge that belongs to a 401."""
    challenge = answer.header("WWW-Authenticate") or ""
    assert challenge.startswith("ApiKey"), f"WWW-Authenticate is {challenge!r}"


def correlation(answer: Exchange) -> str:
    """Give the correlation id, of which there has to be exactly one."""
    values = answer.header_values(CORRELATION)
    assert len(values) == 1, (
        f"{_what(answer)} was answered {answer.status} with {len(values)} of {CORRELATION}"
    )
    assert _CORRELATION.fullmatch(values[0]), f"the correlation id is {values[0]!r}"
    return values[0]


def has_fresh_correlation(answer: Exchange) -> None:
    """Demand a new random UUID in lower case."""
    told = correlation(answer)
    assert _RANDOM_UUID.fullmatch(told), f"the correlation id {told!r} is no lower-case UUID of version 4"


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _what(answer: Exchange) -> str:
    return f"{answer.method} {answer.path}"


def _body(answer: Exchange) -> str:
    return json.dumps(answer.text[:300], ensure_ascii=False)
