"""What a run leaves behind: the records of scenarios, exchanges and scrapes, a JSON object a line.

Keeps the shapes that `orchqueue.verify.evidence` reads, and how much of an exchange is shown as evidence.
Every process of a run has a folder of its own, and every line is written whole before the next scenario
starts. The logs of servers are kept by the kit, beside these.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchqueue.kit import EventStream, Exchange
from orchqueue.verify import evidence

SHOWN_BODY = 2000
SHOWN_EVENTS = 60
SHOWN_EXCHANGES = 12


class Recorder:
    """Writes the records of one run into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in (evidence.BEHAVE_FILE, evidence.EXCHANGES_FILE, evidence.SCRAPES_FILE):
            (folder / name).touch()

    def scenario(self, record: Mapping[str, Any]) -> None:
        """Write down how a scenario went; keys as in `evidence.ScenarioRecord`."""
        self._append(evidence.BEHAVE_FILE, [{"kind": "behave", **record}])

    def exchanges(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write down exchanges in full, for the provider checks."""
        self._append(evidence.EXCHANGES_FILE, records)

    def scrape(
        self, server: str, scenario: str, text: str, content_type: str, off: Iterable[str] = ()
    ) -> None:
        """Write down a reading of /metrics; `off` are profiles that the server's configuration leaves off."""
        record = {
            "server": server,
            "scenario": scenario,
            "text": text,
            "content_type": content_type,
            "off": sorted(off),
        }
        self._append(evidence.SCRAPES_FILE, [record])

    def claims(self, claims: Mapping[str, Any]) -> None:
        """Write down what the server claims; keys as in `evidence.Claims`."""
        text = json.dumps(claims, indent=1, ensure_ascii=False)
        (self.folder / evidence.CLAIMS_FILE).write_text(text + "\n", encoding="utf-8")

    def _append(self, name: str, records: Iterable[Mapping[str, Any]]) -> None:
        lines = "".join(json.dumps(record, ensure_ascii=True) + "\n" for record in records)
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(lines)


def full(exchange: Exchange, stream: EventStream | None, scenario: str, server: str) -> dict[str, Any]:
    """Give an exchange as `evidence.ExchangeRecord` reads it."""
    found = [str(finding) for finding in stream.findings] if stream else []
    return {**exchange.to_record(), "scenario": scenario, "server": server, "stream_findings": found}


def shown(exchange: Exchange, stream: EventStream | None) -> dict[str, Any]:
    """Give an exchange as evidence for people: shortened, with its curl line and the times of its events.

    `ms` of an event counts from the request.
    """
    events = stream.events if stream else []
    record = exchange.to_record()
    return {
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.status,
        "headers": record["response_headers"],
        "request_body": shortened(record["request_body"]),
        "body": "" if events else shortened(record["response_body"]),
        "curl": shortened(exchange.curl()),
        "ms": round(exchange.finished_ms - exchange.started_ms, 1),
        "events": [
            {
                "ms": round(event.received_ms - exchange.started_ms, 1),
                "id": event.id,
                "event": event.event,
                "data": shortened(event.data, 300),
            }
            for event in shown_of(events, SHOWN_EVENTS)
        ],
        "events_left_out": max(0, len(events) - SHOWN_EVENTS),
        "findings": [str(finding) for finding in stream.findings] if stream else [],
    }


def shortened(text: str, limit: int = SHOWN_BODY) -> str:
    """Give the start of a long text, and say how much is left out."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def shown_of(items: Sequence[Any], limit: int) -> list[Any]:
    """Give the first and the last of many items: what a stream began with, and how it ended."""
    if len(items) <= limit:
        return list(items)
    return [*items[: limit // 2], *items[len(items) - (limit - limit // 2) :]]
