import json
from collections.abc import Callable
from typing import Any

import pytest

from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord, Outcome
from orchqueue.verify.provider import Provider

JSON = {"Content-Type": "application/json"}
GOOD = {**JSON, "X-Correlation-Id": "c-1"}
FULL = {**JSON, "Retry-After": "2", "X-Backoff-Ms": "1200"}
REFUSED = {"code": "ADMISSION_REJECT", "retriable": True, "retry_after_ms": 1200}
ASKED = {"Content-Type": "application/json", "X-API-Key": "$KEY"}
THING = {"name": "a"}

MAKE: dict[str, Any] = {
    "method": "POST",
    "path": "/v1/things",
    "asked": ASKED,
    "request_body": json.dumps(THING),
}
NOTHING = {"code": "NOT_FOUND", "retriable": False}

# the exchange, whom the findings concern, a word of the message
FAULTS: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "an undeclared status": (
        {**MAKE, "status": 201, "headers": GOOD, "body": json.dumps(THING)},
        {"OC-OPERATION"},
        "does not declare this status",
    ),
    "a required header is missing": (
        {**MAKE, "status": 202, "headers": JSON, "body": json.dumps(THING)},
        {"OC-CORRELATION"},
        "X-Correlation-Id",
    ),
    "a header has a wrong value": (
        {**MAKE, "status": 202, "headers": {**GOOD, "X-Correlation-Id": "a b"}, "body": json.dumps(THING)},
        {"OC-CORRELATION"},
        "X-Correlation-Id",
    ),
    "two correlation ids": (
        {
            **MAKE,
            "status": 202,
            "headers": [*GOOD.items(), ("x-correlation-id", "c-2")],
            "body": json.dumps(THING),
        },
        {"OC-CTRL-2052"},
        "2 X-Correlation-Id headers",
    ),
    "an undeclared header": (
        {**MAKE, "status": 202, "headers": {**GOOD, "X-Powered-By": "it"}, "body": json.dumps(THING)},
        {"OC-RESPONSE"},
        "x-powered-by",
    ),
    "a field of the wrong type": (
        {**MAKE, "status": 202, "headers": GOOD, "body": json.dumps({"name": 7})},
        {"OC-NAME"},
        "7 is not of type 'string' at $.name",
    ),
    "a field whose type many share": (
        {**MAKE, "status": 202, "headers": GOOD, "body": json.dumps({"name": "a", "size": -1})},
        {"OC-SIZE"},
        "-1 is less than the minimum",
    ),
    "a field deep inside": (
        {**MAKE, "status": 202, "headers": GOOD, "body": json.dumps({"name": "a", "parts": [{}]})},
        {"OC-PARTS"},
        "'part' is a required property",
    ),
    "a field that is missing": (
        {**MAKE, "status": 202, "headers": GOOD, "body": "{}"},
        {"OC-THING"},
        "'name' is a required property",
    ),
    "an undeclared field": (
        {**MAKE, "status": 202, "headers": GOOD, "body": json.dumps({"name": "a", "colour": "red"})},
        {"OC-THING"},
        "colour",
    ),
    "another media type": (
        {**MAKE, "status": 202, "headers": {**GOOD, "Content-Type": "text/html"}, "body": "<p>"},
        {"OC-RESPONSE"},
        "text/html",
    ),
    "a body that is not JSON": (
        {**MAKE, "status": 202, "headers": GOOD, "body": "{"},
        {"OC-THING"},
        "deserialize",
    ),
    "no body": ({**MAKE, "status": 202, "headers": GOOD, "body": ""}, {"OC-THING"}, "Missing response data"),
    "a 204 with a body": (
        {"status": 204, "headers": {}, "body": "gone"},
        {"OC-GONE"},
        "a 204 has a body",
    ),
    "an unknown path without the envelope": (
        {"path": "/nowhere", "status": 404, "headers": {"Content-Type": "text/html"}, "body": "<h1>"},
        {"OC-NOT-FOUND"},
        "text/html",
    ),
    "an unknown path that is served": (
        {"path": "/nowhere", "status": 200, "headers": JSON, "body": "{}"},
        set(),
        "the transport does not declare this status",
    ),
    "another method that is served": (
        {"method": "PUT", "status": 200, "headers": JSON, "body": json.dumps(THING)},
        set(),
        "the transport does not declare this status",
    ),
    "a code of another status": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps({**REFUSED, "code": "NOT_FOUND"})},
        {"OC-OPERATION", "OC-CTRL-2030", "OC-CTRL-2032"},
        "does not go with this status",
    ),
    "a lie about being retriable": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps({**REFUSED, "retriable": False})},
        {"OC-CTRL-2032"},
        "says retriable False",
    ),
    "a policy that goes with another code": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps({**REFUSED, "policy_label": "quota"})},
        {"OC-CTRL-2030"},
        "the policy_label quota does not go with the code ADMISSION_REJECT",
    ),
    "no advice in the envelope": (
        {
            **MAKE,
            "status": 429,
            "headers": FULL,
            "body": json.dumps({"code": "ADMISSION_REJECT", "retriable": True}),
        },
        {"OC-CTRL-2032"},
        "no retry_after_ms",
    ),
    "advice in seconds that is not the one in milliseconds": (
        {**MAKE, "status": 429, "headers": {**FULL, "Retry-After": "1"}, "body": json.dumps(REFUSED)},
        {"OC-CTRL-2011"},
        "rounded up",
    ),
    "advice in the body that is not the one in headers": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps({**REFUSED, "retry_after_ms": 5})},
        {"OC-CTRL-2011"},
        "is not X-Backoff-Ms 1200",
    ),
    "an envelope with another correlation id": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps({**REFUSED, "correlation_id": "c-9"})},
        {"OC-CTRL-2052"},
        "correlation_id",
    ),
    "an invalid body that was accepted": (
        {**MAKE, "request_body": '{"name": 7}', "status": 202, "headers": GOOD, "body": json.dumps(THING)},
        {"OC-NAME"},
        "accepted, though",
    ),
    "a request without a key that was accepted": (
        {**MAKE, "asked": JSON, "status": 202, "headers": GOOD, "body": json.dumps(THING)},
        {"OC-KEY"},
        "accepted, though",
    ),
    "a parameter that was accepted": (
        {"asked": {"X-Page": "first"}, "headers": JSON, "body": json.dumps(THING)},
        {"OC-PAGE"},
        "accepted, though",
    ),
}

RIGHT: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an accepted task": (
        {**MAKE, "status": 202, "headers": GOOD, "body": json.dumps({"name": "a", "size": 1})},
        {"OC-OPERATION", "OC-RESPONSE", "OC-CORRELATION", "OC-THING", "OC-NAME", "OC-SIZE"},
    ),
    "a refusal": (
        {**MAKE, "status": 429, "headers": FULL, "body": json.dumps(REFUSED)},
        {
            "OC-OPERATION",
            "OC-BACKPRESSURE",
            "OC-ADVICE",
            "OC-ENVELOPE",
            "OC-CODE",
            "OC-CTRL-2030",
            "OC-CTRL-2032",
        },
    ),
    "a 204": ({"status": 204, "headers": {}, "body": ""}, {"OC-GET", "OC-GONE"}),
    "an unknown path": (
        {"path": "/nowhere", "status": 404, "headers": JSON, "body": json.dumps(NOTHING)},
        {"OC-TRANSPORT", "OC-NOT-FOUND", "OC-ENVELOPE", "OC-CODE", "OC-CTRL-2030", "OC-CTRL-2032"},
    ),
    "text": (
        {"path": "/metrics", "headers": {"Content-Type": "text/plain; version=0.0.4"}, "body": "a 1\n"},
        {"OC-METRICS"},
    ),
    "an answer to HEAD": (
        {"method": "HEAD", "path": "/nowhere", "status": 404, "headers": JSON, "body": ""},
        {"OC-TRANSPORT", "OC-NOT-FOUND", "OC-CTRL-2030", "OC-CTRL-2032"},
    ),
    "an answer that was left": (
        {"headers": JSON, "body": '{"name"', "complete": False},
        {"OC-GET"},
    ),
    "text of a rarer type": (
        {
            "path": "/metrics",
            "headers": {"Content-Type": "application/openmetrics-text; x=1"},
            "body": "a 1\n",
        },
        {"OC-METRICS"},
    ),
    "parts": (
        {"headers": JSON, "body": json.dumps({"name": "a", "parts": [{"part": "b"}]})},
        {"OC-GET", "OC-THING", "OC-NAME", "OC-PARTS", "OC-PART"},
    ),
}


@pytest.fixture(scope="module")
def provider(contract: Contract) -> Provider:
    return Provider(contract)


Make = Callable[..., ExchangeRecord]


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_concerns_the_narrowest_node(case: str, provider: Provider, make_exchange: Make) -> None:
    changes, concerned, word = FAULTS[case]
    findings = provider.look([make_exchange(**changes)]).findings
    assert any(word in finding.message for finding in findings), [finding.message for finding in findings]
    assert {identifier for finding in findings for identifier in finding.ids} == concerned
    assert all(finding.where == "features/a.feature:3" for finding in findings)


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_exercises_the_nodes_that_it_meets(
    case: str, provider: Provider, make_exchange: Make
) -> None:
    changes, exercised = RIGHT[case]
    look = provider.look([make_exchange(**changes)])
    assert [finding.message for finding in look.findings] == []
    assert set(look.exercised) == exercised


def test_a_requirement_passes_when_it_was_exercised_and_nothing_was_found(
    provider: Provider, make_exchange: Make
) -> None:
    good = make_exchange(**{**MAKE, "status": 202, "headers": GOOD, "body": json.dumps(THING)})
    bad = make_exchange(**{**MAKE, "status": 202, "headers": JSON, "body": json.dumps(THING)})
    made = {check.id: check for check in provider.look([good, bad]).checks("provider", "exchanges")}
    assert made["OC-THING"].outcome is Outcome.PASS
    assert made["OC-THING"].name == "2 exchanges"
    assert made["OC-CORRELATION"].outcome is Outcome.FAIL
    assert "POST /v1/things → 202" in made["OC-CORRELATION"].detail
    assert made["OC-CORRELATION"].evidence[0]["status"] == 202
    assert "OC-PAGE" not in made


def test_exchanges_below_http_are_left_out(provider: Provider, make_exchange: Make) -> None:
    look = provider.look([make_exchange(status=400, body="Bad Request", raw=True)])
    assert (dict(look.exercised), look.findings) == ({}, [])


@pytest.mark.parametrize("body", ["[" * 100_000, '{"code": []}', '{"code": {}}', "null", '"\\ud800"', "7"])
def test_hostile_bodies_are_findings_and_nothing_worse(
    body: str, provider: Provider, make_exchange: Make
) -> None:
    look = provider.look([make_exchange(path="/nowhere", status=404, headers=JSON, body=body)])
    assert look.findings


def test_what_was_observed_is_counted_by_operation(provider: Provider, make_exchange: Make) -> None:
    seen = [
        make_exchange(**{**MAKE, "status": 202}),
        make_exchange(**{**MAKE, "status": 202}),
        make_exchange(status=404),
        make_exchange(path="/nowhere", status=404),
        make_exchange(status=400, raw=True),
    ]
    assert provider.observed(seen) == [
        {"operation": "makeThing", "status": 202, "count": 2},
        {"operation": "x-transport-responses", "status": 404, "count": 2},
    ]


def test_profiles_are_served_by_operations_that_succeed(provider: Provider, make_exchange: Make) -> None:
    seen = [make_exchange(), make_exchange(**{**MAKE, "status": 429})]
    assert provider.served(seen) == {"archive": {"getThing"}}
