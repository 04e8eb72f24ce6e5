"""What all streams of completions have in common: items become chunks, and a stream that stops short is told
from one that has ended.

Each engine's items are read in its own wire module.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Annotated, TypeAlias, TypeVar

import msgspec

from orchestratord.adapters.base import Chunk, FinishReason
from orchestratord.adapters.sse import ItemReader, malformed
from orchestratord.core.engine_failures import EngineFailure, FailureKind

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of something: what is no such number would break every sum that it goes into."""

NO_ITEM = "an item that is not the expected JSON"

T = TypeVar("T")
D = TypeVar("D")


class StreamParser(ABC):
    """Bytes of one completion's stream in, chunks out."""

    def __init__(self) -> None:
        self._reader = ItemReader()
        self._finished = False

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take bytes in; gives what they completed as one chunk, if that is anything.

        Raises EngineFailure after it. What follows the last item is passed over.
        """
        if self._finished:
            return
        # OC-CTRL-2020: tokens that came together with a failure came before it.
        parts: list[Chunk] = []
        failure: EngineFailure | None = None
        try:
            for item in self._reader.feed(data):
                part = self.done() if item == b"[DONE]" else self.item(item)
                if part is None:
                    continue
                parts.append(part)
                if part.finished is not None:
                    self._finished = True
                    break
        except EngineFailure as found:
            failure = found
        if parts:
            yield _joined(parts)
        if failure is not None:
            raise failure

    def end(self) -> Chunk | None:
        """The stream has ended as HTTP wants it; answers what was left. Raises EngineFailure when the engine
        had not come to its end.
        """
        if self._finished:
            return None
        raise EngineFailure(FailureKind.BROKEN, "the engine ended the stream before its last item")

    @abstractmethod
    def item(self, data: bytes) -> Chunk | None:
        """Read one item. Raises EngineFailure."""

    def done(self) -> Chunk | None:
        """The engine says `[DONE]`, which proves nothing by itself."""
        return None


def read(decoder: msgspec.json.Decoder[T], body: bytes, what: str) -> T:
    """Decode what an engine sent. Raises EngineFailure when it is not what it should be."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise malformed(what) from None


def read_or(decoder: msgspec.json.Decoder[T], body: bytes, otherwise: D) -> T | D:
    """Decode what an engine sent; `otherwise` when it is not what it should be."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return otherwise


def reason_for(count: int | None, limit: int) -> FinishReason:
    """Why an engine has ended that does not say so: it has made as many tokens as it may, or fewer."""
    return "length" if count is not None and count >= limit else "stop"


def _joined(parts: list[Chunk]) -> Chunk:
    """What arrived together as one chunk."""
    if len(parts) == 1:
        return parts[0]
    texts = tuple([text for part in parts for text in part.texts])
    count = next((part.tokens_out for part in reversed(parts) if part.tokens_out is not None), None)
    return Chunk(texts, count, parts[-1].finished)
