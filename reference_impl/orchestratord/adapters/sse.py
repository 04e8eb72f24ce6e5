"""Server-sent events as engines send them: bytes in, the data of each item out, whatever the network makes of
them.

What an item means is in the wire modules. Each `data` line is an item: no engine spreads one over several.
"""

from collections.abc import Iterator

from orchestratord.core.engine_failures import EngineFailure, FailureKind

MAX_LINE_BYTES = 8 * 1024 * 1024

_PASSED_OVER = (b"event", b"id", b"retry")


class ItemReader:
    """Splits a stream into items. Lines may end with LF, CR LF or CR, and be cut anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes in; gives the data of each item that they complete.

        Raises EngineFailure after the items before what is wrong.
        """
        lines = (self._rest + self._with_lf(data)).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
            elif line and not line.startswith(b":"):
                yield from _other(line)
        if len(self._rest) > MAX_LINE_BYTES:
            raise malformed("a line without end")

    def _with_lf(self, data: bytes) -> bytes:
        """The bytes with one kind of line end; none of the data of an item holds a CR."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" not in data:
            return data
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _other(line: bytes) -> Iterator[bytes]:
    """What a line gives that is no comment, and no field `data` with a value."""
    field = line.partition(b":")[0]
    if field == b"data":
        yield b""
    elif field == b"error":
        raise stream_error()
    elif field not in _PASSED_OVER:
        raise malformed("a line that is no field of an event stream")


def malformed(what: str) -> EngineFailure:
    """The failure of an engine that sent something that cannot be read."""
    return EngineFailure(FailureKind.MALFORMED, f"the engine sent {what}")


def stream_error() -> EngineFailure:
    """The failure of an engine that says inside a stream that it failed.

    The engine's own text may quote the prompt and is not passed on.
    """
    return EngineFailure(FailureKind.STREAM_ERROR, "the engine reported an error inside the stream")
