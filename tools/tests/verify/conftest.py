"""What the tests of judging share: requirements, checks and records by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord, Outcome, ScenarioRecord
from orchqueue.verify.verdicts import Check
from orchqueue_contract.requirement_ids import Requirement


def requirement(identifier: str = "OC-CTRL-2011", **changes: Any) -> Requirement:
    fields: dict[str, Any] = {
        "id": identifier,
        "title": "A full queue says when to come back",
        "text": "When its pool is full, the server MUST answer 429.",
        "level": "MUST",
        "subject": "server",
        "profile": "core",
        "revision": "ab12cd34ef56",
        "source": f".specs/20.md#{identifier}",
        "refines": (),
        "checked_by": ("behave",),
        "excluded": None,
        "withdrawn": None,
    }
    return Requirement(**{**fields, **changes})


def check(
    kind: str = "behave", outcome: str = "pass", identifier: str = "OC-CTRL-2011", detail: str = ""
) -> Check:
    return Check(kind, identifier, f"a {kind} check", Outcome(outcome), detail)


def scenario(
    status: str = "pass", *, ids: tuple[str, ...] = ("OC-CTRL-2011",), line: int = 3, **changes: Any
) -> ScenarioRecord:
    fields: dict[str, Any] = {
        "feature": "features/core/queue.feature",
        "line": line,
        "name": "a full queue",
        "ids": ids,
        "pins": {},
        "status": Outcome(status),
        "seconds": 0.1,
        "message": "" if status == "pass" else "expected 429, got 202",
    }
    return ScenarioRecord(**{**fields, **changes})


def exchange(
    method: str = "GET", path: str = "/v1/things/1", status: int = 200, body: str = "", **changes: Any
) -> ExchangeRecord:
    headers = changes.pop("headers", {"Content-Type": "application/json", "X-Correlation-Id": "c-1"})
    asked = changes.pop("asked", {})
    fields: dict[str, Any] = {
        "scenario": "features/a.feature:3",
        "server": "standard",
        "method": method,
        "path": path,
        "query": "",
        "request_headers": tuple(asked.items()),
        "request_body": "",
        "status": status,
        "response_headers": tuple(headers.items()) if isinstance(headers, dict) else tuple(headers),
        "response_body": body,
        "started_ms": 0.0,
        "raw": False,
    }
    return ExchangeRecord(**{**fields, **changes})


@pytest.fixture
def make_requirement() -> Callable[..., Requirement]:
    return requirement


@pytest.fixture
def make_check() -> Callable[..., Check]:
    return check


@pytest.fixture
def make_scenario() -> Callable[..., ScenarioRecord]:
    return scenario


@pytest.fixture
def make_exchange() -> Callable[..., ExchangeRecord]:
    return exchange


@pytest.fixture(scope="session")
def contract() -> Contract:
    text = Path(__file__).with_name("contract.yaml").read_text(encoding="utf-8")
    documents = yaml.safe_load(text)
    return Contract(documents["openapi"], documents["events"], documents["errors"])
