"""Secrets that show where none belongs: everything that a run has seen of a server, searched for what was
planted in prompts, keys and the environment of each of its servers.

Keeps what is secret, and where it is looked for. What is planted begins with `MARK`, so that nobody has to
keep a list of it; keys are those that clients have presented.
"""

import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from orchqueue.verify import evidence
from orchqueue.verify.evidence import ExchangeRecord, ScrapeRecord
from orchqueue.verify.finding import Finding, Look

NOWHERE = frozenset({"OC-CTRL-2041"})
MARK = "planted-"
STDERR = ".stderr.txt"
CONFIG = ".config.json"
KEY_HEADERS = frozenset({"x-api-key", "authorization"})
SHORTEST_KEY = 16
SHOWN = 100

_PLANTED = re.compile(MARK + r"[0-9a-f]{6,}")  # the beginning is enough, where a text was cut


def planted() -> str:
    """Make something to be kept secret."""
    return MARK + secrets.token_hex(8)


class Text(NamedTuple):
    """Something that a server has emitted, from where, and how it is shown."""

    where: str
    text: str
    shown: dict[str, Any]
    keys: Collection[str]


def look(exchanges: Collection[ExchangeRecord], scrapes: Iterable[ScrapeRecord], out: Path) -> Look:
    """Search answers, scrapes, logs and standard errors; what no secret was planted for shows nothing."""
    found = Look()
    if not any(_PLANTED.search(exchange.request_body) for exchange in exchanges):
        return found
    keys = frozenset(_presented(exchanges))
    for one in (*_answers(exchanges, keys), *_scraped(scrapes, keys), *_written(out, keys)):
        # OC-CTRL-2041
        found.saw(NOWHERE)
        told = _told(one)
        if told is not None:
            found.findings.append(Finding(NOWHERE, told, one.where, one.shown))
    return found


def _told(one: Text) -> str | None:
    """What stands there that should not, and where; the secret itself is not repeated."""
    mark = _PLANTED.search(one.text)
    at = mark.start() if mark else None
    what = "a prompt, or a secret of the configuration"
    if at is None:
        key = next((key for key in one.keys if key in one.text), None)
        if key is None:
            return None
        what, at = "an API key", one.text.index(key)
    before = one.text[max(0, at - SHOWN) : at]
    return f"{one.where} holds {what}, after {before!r}"


def _presented(exchanges: Iterable[ExchangeRecord]) -> Iterator[str]:
    for exchange in exchanges:
        for name, value in exchange.request_headers:
            key = value.rpartition(" ")[2]
            if name.lower() in KEY_HEADERS and len(key) >= SHORTEST_KEY:
                yield key


def _answers(exchanges: Iterable[ExchangeRecord], keys: Collection[str]) -> Iterator[Text]:
    for exchange in exchanges:
        head = "\n".join(f"{name}: {value}" for name, value in exchange.response_headers)
        where = f"the answer {exchange.status} to {exchange.method} {exchange.path} in {exchange.scenario}"
        shown = {
            "method": exchange.method,
            "url": exchange.path,
            "status": exchange.status,
            "headers": [list(pair) for pair in exchange.response_headers],
            "body": exchange.response_body[:2000],
        }
        yield Text(where, f"{head}\n\n{exchange.response_body}", shown, keys)


def _scraped(scrapes: Iterable[ScrapeRecord], keys: Collection[str]) -> Iterator[Text]:
    for scrape in scrapes:
        where = f"the metrics of {scrape.server} in {scrape.scenario}"
        yield Text(where, scrape.text, {"method": "GET", "url": "/metrics", "body": scrape.text[:2000]}, keys)


def _written(out: Path, keys: Collection[str]) -> Iterator[Text]:
    """Each line that a server wrote, to its standard output or to its standard error."""
    for log in sorted(out.rglob(f"{evidence.LOGS_FOLDER}/*.jsonl")):
        yield from _lines(f"the log of {log.stem}", log, keys)
    for file in sorted(out.rglob(f"*{STDERR}")):
        name = file.name.removesuffix(STDERR)
        config = file.with_name(name + CONFIG)
        if config.exists():
            # A key that a server makes up because it has none is told there, and nowhere else.
            yield from _lines(f"the standard error of {name}", file, keys if _has_keys(config) else ())


def _lines(where: str, file: Path, keys: Collection[str]) -> Iterator[Text]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        yield Text(where, line, {"method": where, "url": file.name, "body": line[:2000]}, keys)


def _has_keys(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_text(encoding="utf-8")).get("keys"))
    except ValueError:
        return True  # a file that a scenario has broken on purpose
