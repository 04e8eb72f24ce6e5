"""One HTTP exchange as it went over the wire, and how it is shown to people.

Holds no socket and judges nothing.
"""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

HeaderPairs = list[tuple[str, str]]

# Reports are passed around, keys are not: what is written down names the variable instead.
_SECRET_HEADERS = {"x-api-key": "$ORCHQUEUE_API_KEY", "authorization": "$AUTHORIZATION"}


@dataclass
class Exchange:
    """A request and its response. Times are milliseconds of the kit's clock; header names keep their case.

    `complete` is False when the body was not read to its end (a stream that was left, a connection that was
    cut). `raw` marks what was sent below HTTP, where no contract of operations applies.
    """

    method: str
    url: str
    request_headers: HeaderPairs
    request_body: bytes
    started_ms: float
    status: int = 0
    reason: str = ""
    headers: HeaderPairs = field(default_factory=list)
    body: bytes = b""
    headers_ms: float = 0.0
    finished_ms: float = 0.0
    complete: bool = False
    raw: bool = False

    @property
    def path(self) -> str:
        """The path as it was sent, without the query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query without its question mark, empty when there was none."""
        return urlsplit(self.url).query

    @property
    def text(self) -> str:
        """The response body as text; bytes that are not UTF-8 show as U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def header_values(self, name: str) -> list[str]:
        """Return every value of the response header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """Return the first value of the response header, None when it is not there."""
        return next(iter(self.header_values(name)), None)

    def json(self) -> Any:
        """Return the body as JSON; raises ValueError (UnicodeDecodeError among them) when it is not."""
        return json.loads(self.body.decode("utf-8"))

    def curl(self) -> str:
        """Return a shell line that sends the same request; keys are named as variables, never shown."""
        parts = ["curl", "-isN", "-X", self.method]
        words = [shlex.quote(part) for part in parts]
        for name, value in self.request_headers:
            if name.lower() in {"host", "content-length", "connection"}:
                continue
            shown = _SECRET_HEADERS.get(name.lower())
            # Double quotes let the shell put the variable's value in.
            words += ["-H", f'"{name}: {shown}"' if shown else shlex.quote(f"{name}: {value}")]
        if self.request_body:
            words += ["--data-binary", shlex.quote(self.request_body.decode("utf-8", "backslashreplace"))]
        return " ".join([*words, shlex.quote(self.url)])

    def to_record(self) -> dict[str, Any]:
        """Return the exchange as JSON for evidence files: bodies as text, keys left out."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "request_headers": [[n, _SECRET_HEADERS.get(n.lower(), v)] for n, v in self.request_headers],
            "request_body": self.request_body.decode("utf-8", "replace"),
            "status": self.status,
            "response_headers": [[name, value] for name, value in self.headers],
            "response_body": self.text,
            "started_ms": self.started_ms,
            "headers_ms": self.headers_ms,
            "finished_ms": self.finished_ms,
            "complete": self.complete,
            "raw": self.raw,
        }


def header_pairs(raw: Iterable[tuple[bytes, bytes]]) -> HeaderPairs:
    """Return header pairs of the wire as text; header bytes are Latin-1 by the standard, so none is lost."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
