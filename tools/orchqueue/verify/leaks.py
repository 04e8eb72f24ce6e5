"""Secrets that show where none belongs: everything that a run has seen of a server, searched for what was
planted in the prompts, the keys and the environment of each of its servers.

Whatever is planted begins with `MARK`, so nobody has to keep a list of it. Knows nothing of what secrets mean
where they were planted.
"""

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
SHOWN = 100
SHOWN_BODY = 2000

_PLANTED = re.compile(MARK + r"[0-9a-f]{6,}")  # the beginning is enough, where a text was cut


def planted() -> str:
    """Make something to be kept secret."""
    return MARK + secrets.token_hex(12)


class Text(NamedTuple):
    """Something that a server has emitted, from where, and how it is shown."""

    where: str
    text: str
    shown: dict[str, Any]


def look(
    exchanges: Collection[ExchangeRecord],
    scrapes: Iterable[ScrapeRecord],
    out: Path,
    words: Collection[str] = (),
) -> Look:
    """Search answers, scrapes, logs and standard errors for what was planted, and for these words.

    Where nothing was planted in a prompt, nothing was looked at.
    """
    found = Look()
    if not any(_PLANTED.search(exchange.request_body) for exchange in exchanges):
        return found
    for one in (*_answers(exchanges), *_scraped(scrapes), *_written(out)):
        # OC-CTRL-2041
        found.saw(NOWHERE)
        at = _place(one.text, words)
        if at is not None:
            # What was found is not repeated.
            told = f"{one.where} holds a secret, after {one.text[max(0, at - SHOWN) : at]!r}"
            found.findings.append(Finding(NOWHERE, told, one.where, one.shown))
    return found


def _place(text: str, words: Collection[str]) -> int | None:
    mark = _PLANTED.search(text)
    if mark:
        return mark.start()
    return next((text.index(word) for word in words if word in text), None)


def _answers(exchanges: Iterable[ExchangeRecord]) -> Iterator[Text]:
    for exchange in exchanges:
        head = "\n".join(f"{name}: {value}" for name, value in exchange.response_headers)
        where = f"the answer {exchange.status} to {exchange.method} {exchange.path} in {exchange.scenario}"
        shown = {
            "method": exchange.method,
            "url": exchange.path,
            "status": exchange.status,
            "headers": [list(pair) for pair in exchange.response_headers],
            "body": exchange.response_body[:SHOWN_BODY],
        }
        yield Text(where, f"{head}\n\n{exchange.response_body}", shown)


def _scraped(scrapes: Iterable[ScrapeRecord]) -> Iterator[Text]:
    for scrape in scrapes:
        where = f"the metrics of {scrape.server} in {scrape.scenario}"
        shown = {"method": "GET", "url": "/metrics", "body": scrape.text[:SHOWN_BODY]}
        yield Text(where, scrape.text, shown)


def _written(out: Path) -> Iterator[Text]:
    """Each line that a server wrote, to its standard output or to its standard error."""
    logs = ((f"the log of {file.stem}", file) for file in out.rglob(f"{evidence.LOGS_FOLDER}/*.jsonl"))
    errors = (
        (f"the standard error of {file.name.removesuffix(STDERR)}", file) for file in out.rglob(f"*{STDERR}")
    )
    for where, file in sorted([*logs, *errors]):
        if file.parent.name == evidence.LOGS_FOLDER or file.with_name(_config(file)).exists():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                yield Text(where, line, {"method": where, "url": file.name, "body": line[:SHOWN_BODY]})


def _config(stderr: Path) -> str:
    """The file that tells the standard error of a server from that of the features themselves."""
    return stderr.name.removesuffix(STDERR) + ".config.json"
