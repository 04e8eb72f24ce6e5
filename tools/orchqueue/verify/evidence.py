"""The records that a run leaves in `build/`, and how they are read back. Judges nothing.

A line that cannot be read is an error, never a line less: what cannot be read must not count as checked.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from orchqueue.verify.errors import EvidenceError

Record = TypeVar("Record")

BEHAVE_FILE = "behave.jsonl"
EXCHANGES_FILE = "exchanges.jsonl"
SCRAPES_FILE = "scrapes.jsonl"
CLAIMS_FILE = "claims.json"
LOGS_FOLDER = "logs"


class Outcome(StrEnum):
    """What came of one check. Only `pass` is green."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NOT_TESTABLE = "not-testable"
    FLAKY = "flaky"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True)
class ScenarioRecord:
    """One scenario that ran. `ids` are its requirement tags, `pins` the revisions that it was written for.

    `exchanges` is the evidence to show: dicts of `method url status headers body curl events`, bodies
    shortened.
    """

    feature: str
    line: int
    name: str
    ids: tuple[str, ...]
    pins: dict[str, str]
    status: Outcome
    seconds: float
    message: str
    server: str = ""
    exchanges: tuple[dict[str, Any], ...] = ()

    @property
    def place(self) -> str:
        """Its file and line, which is also how it is named to be run alone."""
        return f"{self.feature}:{self.line}"


@dataclass(frozen=True)
class ExchangeRecord:
    """One HTTP exchange of a scenario, whole. Times are milliseconds of the kit's clock."""

    scenario: str
    server: str
    method: str
    path: str
    query: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: str
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: str
    started_ms: float
    raw: bool
    complete: bool = True
    stream_findings: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """Return the first value of a response header."""
        return next((value for key, value in self.response_headers if key.lower() == name.lower()), None)

    def request_header(self, name: str) -> str | None:
        """Return the first value of a request header."""
        return next((value for key, value in self.request_headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class ScrapeRecord:
    """One reading of `/metrics`, in the order of reading for each server. `off` are the profiles that its
    configuration leaves off.
    """

    server: str
    scenario: str
    text: str
    content_type: str
    off: Sequence[str] = ()


@dataclass(frozen=True)
class CheckRecord:
    """What a unit test, a lint rule or an inspection showed about one requirement."""

    kind: str
    id: str
    name: str
    status: Outcome
    detail: str


@dataclass(frozen=True)
class Claims:
    """What the server says of itself. `status` is that of `GET /v1/capabilities`."""

    status: int
    profiles: tuple[str, ...] = ()
    api_version: str = ""
    implementation: dict[str, Any] = field(default_factory=dict)


def scenarios(folder: Path) -> list[ScenarioRecord]:
    """Read the scenarios of a run."""
    return list(_lines(folder / BEHAVE_FILE, _scenario))


def exchanges(folder: Path) -> list[ExchangeRecord]:
    """Read the exchanges of a run, in the order in which they were made."""
    return list(_lines(folder / EXCHANGES_FILE, _exchange))


def scrapes(folder: Path) -> list[ScrapeRecord]:
    """Read the scrapes of a run."""
    return list(_lines(folder / SCRAPES_FILE, lambda data: ScrapeRecord(**data)))


def checks(path: Path) -> list[CheckRecord]:
    """Read what was checked beside the run. A file that is not there holds no record."""
    return list(_lines(path, _check)) if path.exists() else []


def caught(path: Path) -> dict[str, tuple[str, ...]]:
    """Name the mutants that each requirement's own checks have caught; none where nobody has looked."""
    if not path.exists():
        return {}
    try:
        names: dict[str, list[str]] = {}
        for mutant in json.loads(path.read_text(encoding="utf-8"))["mutants"]:
            for identifier in {kill["requirement"] for kill in mutant["killed_by"]}:
                names.setdefault(identifier, []).append(str(mutant["name"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvidenceError(f"{path} cannot be read: {error}") from error
    return {identifier: tuple(sorted(found)) for identifier, found in names.items()}


def claims(folder: Path) -> Claims:
    """Read what the server claimed."""
    try:
        data = json.loads((folder / CLAIMS_FILE).read_text(encoding="utf-8"))
        return Claims(**{**data, "profiles": tuple(data["profiles"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvidenceError(f"{folder / CLAIMS_FILE} cannot be read: {error}") from error


def _lines(path: Path, make: Callable[[dict[str, Any]], Record]) -> Iterator[Record]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        try:
            record = make(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise EvidenceError(f"{path}:{number}: not a record of this file: {error}") from error
        yield record


def _scenario(data: dict[str, Any]) -> ScenarioRecord:
    known = {name: value for name, value in data.items() if name != "kind"}
    lists = {"ids": tuple(data["ids"]), "exchanges": tuple(data.get("exchanges", ()))}
    return ScenarioRecord(**{**known, **lists, "status": Outcome(data["status"])})


def _exchange(data: dict[str, Any]) -> ExchangeRecord:
    return ExchangeRecord(
        scenario=data["scenario"],
        server=data["server"],
        method=data["method"],
        path=data["path"],
        query=data["query"],
        request_headers=_pairs(data["request_headers"]),
        request_body=data["request_body"],
        status=data["status"],
        response_headers=_pairs(data["response_headers"]),
        response_body=data["response_body"],
        started_ms=data["started_ms"],
        raw=data["raw"],
        complete=data.get("complete", True),
        stream_findings=tuple(data.get("stream_findings", ())),
    )


def _check(data: dict[str, Any]) -> CheckRecord:
    return CheckRecord(
        data["kind"], data["id"], data["name"], Outcome(data["status"]), data.get("detail", "")
    )


def _pairs(data: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in data)
