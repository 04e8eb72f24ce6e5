"""Log lines: one JSON object a line.

Which events there are, and what they carry, is decided where they happen.

Keys, prompts and generated text are never handed in; nothing here could tell them from other text.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Level = Literal["debug", "info", "warning", "error"]

_RANK: dict[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
# From here on the loop quotes a callback with its arguments.
_QUOTES = re.compile(r"[<(]|(?<=callback )")
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One line; who derives from it says what else may stand there. Fields that are None are left out.

    What stands in every line comes from the log that writes it.
    """

    ts: str = ""
    level: str = ""
    event: str = ""
    correlation_id: str = ""


class Log:
    """Writes lines of a level and above. `boot_id` correlates the lines that belong to no request.

    `now` gives the time of day; `write` takes one line with its newline.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        level: Level,
        boot_id: str,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._write = write
        self._threshold = _RANK[level]
        self._boot_id = boot_id
        self._now = now or (lambda: datetime.now(UTC))

    def renew(self, level: Level) -> None:
        """Write lines of that level and above from now on."""
        self._threshold = _RANK[level]

    def writes(self, level: Level) -> bool:
        """Whether lines of a level are written."""
        return _RANK[level] >= self._threshold

    def line(self, level: Level, event: str, correlation_id: str | None = None, **fields: Any) -> None:
        """Write one line; fields that are None are left out."""
        if self.writes(level):
            self._write(self.rendered(level, event, correlation_id, **fields))

    def write(self, line: Line) -> None:
        """Write one whose fields were put together elsewhere, its level and correlation id among them, if
        lines of its level are written.
        """
        line.ts = self._timestamp()
        self._write(_encode(line) + b"\n")

    def rendered(self, level: Level, event: str, correlation_id: str | None = None, **fields: Any) -> bytes:
        """A line with its newline, whatever its level."""
        # OC-OPS-8002
        members: dict[str, Any] = {
            "ts": self._timestamp(),
            "level": level,
            "event": event,
            "correlation_id": correlation_id or self._boot_id,
        }
        members.update([member for member in fields.items() if member[1] is not None])
        return _encode(members) + b"\n"

    def _timestamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")


class Seldom:
    """Says that something happens, and how often, but at most once in a while: what a client can bring
    about at will must not fill the log.

    `say` gets the number of times since it last said so; what happens after that is said with the next.
    """

    def __init__(
        self, say: Callable[[int], None], now_ms: Callable[[], float], every_ms: float = 60_000
    ) -> None:
        self._say = say
        self._now_ms = now_ms
        self._every_ms = every_ms
        self._count = 0
        self._again_ms = 0.0

    def happened(self) -> None:
        """It has happened once more."""
        self._count += 1
        now_ms = self._now_ms()
        if now_ms >= self._again_ms:
            self._again_ms = now_ms + self._every_ms
            count, self._count = self._count, 0
            self._say(count)


class LibraryHandler(logging.Handler):
    """Turns what libraries log into lines, so that nothing else is written to standard output."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; of an exception only its type and place, since its text may quote what a client
        sent.
        """
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        self._log.line(
            level, f"library.{record.name}", message=record.getMessage(), **error_fields(record.exc_info)
        )


def loop_defects(log: Log) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What an event loop calls with what nobody has caught. Its own words quote the exception, or what a
    callback was called with, which may be what a client sent.
    """

    def told(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # OC-CTRL-2041
        error = context.get("exception")
        fields = {} if error is None else error_fields((type(error), error, error.__traceback__))
        log.line("error", "loop.defect", message=_QUOTES.split(context["message"])[0].strip(), **fields)

    return told


def error_fields(exc_info: Any) -> dict[str, Any]:
    """The type of an exception and where it was raised, innermost last, without its text."""
    if not exc_info or exc_info is True or exc_info[1] is None:
        return {}
    places = []
    trace = exc_info[2]
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(
            f"{code.co_qualname}:{trace.tb_lineno}" if hasattr(code, "co_qualname") else code.co_name
        )
        trace = trace.tb_next
    return {"error_type": type(exc_info[1]).__name__, "trace": places[-12:]}
