"""What a wire format has to say: how it reads requests, how it answers them, and its manners over HTTP.

The contract of the modules in `formats`, which know nothing of slots, clocks and sockets.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.script import Piece

Data = dict[str, Any]
Reason = Literal["stop", "length", "word"]
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class RefusedError(Exception):
    """A request that is answered with an error: `status` and the JSON `body`.

    With `as_event` the body is the event of a stream, under that status all the same; with `in_stream` the
    status is 200 besides, as if all went well.
    """

    def __init__(self, status: int, body: Data, *, as_event: bool = False, in_stream: bool = False) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body, self.as_event, self.in_stream = status, body, as_event, in_stream

    def told(self, *, in_stream: bool) -> "RefusedError":
        """Return the same refusal, in a stream or by its status."""
        return RefusedError(self.status, self.body, as_event=self.as_event, in_stream=in_stream)


@dataclass(frozen=True)
class Answer:
    """A whole answer of known length; `media_type` None leaves the header out."""

    status: int
    media_type: str | None
    body: bytes = b""


@dataclass(frozen=True)
class Manners:
    """How an engine speaks HTTP and SSE, whatever it says.

    `headers` are those of every answer, `kept` lines of one that leaves the connection open, `stream_headers`
    those of a stream besides framing. `early_headers`: a stream's go out when the request is accepted, not
    with the first token. `error_closes`: an error ends the connection. `data_space`: a space after `data:`.
    `done`: `[DONE]` at the end, `done_after_error`: also after an error inside the stream.
    """

    headers: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()
    stream_headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream; charset=utf-8"),)
    json_type: str = "application/json"
    early_headers: bool = False
    error_closes: bool = False
    data_space: bool = True
    done: bool = False
    done_after_error: bool = False


@dataclass(frozen=True)
class End:
    """How a completion came to its end.

    `word` is the stop word that was met, `text` all that was generated, `rest` the part of it that no event
    has shown yet.
    """

    reason: Reason
    word: str
    text: str
    rest: str = ""


@dataclass(frozen=True)
class Step:
    """One event's worth of tokens: `piece` is the last of them, `text` what they show.

    `special` says that `piece` is no part of the text; `end` is there when it is the last of all.
    """

    piece: Piece
    text: str
    special: bool = False
    end: End | None = None


@dataclass(frozen=True)
class Event:
    """The data of one event; `last` says that it tells of the end."""

    data: Data
    last: bool = False


class Talk(ABC):
    """One completion's answer. `progress` is the engine's own count, which grows while it is asked."""

    def __init__(self, ask: Ask, facts: Facts, progress: Progress) -> None:
        self.ask, self.facts, self.progress = ask, facts, progress

    @abstractmethod
    def token(self, step: Step) -> list[Event]:
        """Return the events for a step, none where this format does not show it."""

    @abstractmethod
    def end(self, end: End) -> list[Event]:
        """Return the events after the last token; the end may not have been told with it."""

    @abstractmethod
    def whole(self, end: End) -> Data:
        """Return the answer to a request that wants no stream."""


class Wire(ABC):
    """One engine's wire format."""

    version: ClassVar[str]
    manners: ClassVar[Manners] = Manners()
    own_metrics_port: ClassVar[bool] = False
    silent_tokens: ClassVar[bool] = False
    """Whether a token that completes no character makes no event, rather than an empty one."""
    shows_stop_words: ClassVar[bool] = False
    loses_withheld: ClassVar[bool] = False
    """Whether a stream's end loses what waited for the rest of a stop word or of a character."""

    @abstractmethod
    def workload(self, method: str, path: str) -> Workload | None:
        """Return what is asked for there, None where it is only looked at."""

    @abstractmethod
    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        """Answer whatever takes no slot; raises RefusedError, also for what is not served."""

    @abstractmethod
    def metrics(self, facts: Facts) -> Answer:
        """Return the exposition."""

    @abstractmethod
    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        """Read a request for work; raises RefusedError for what cannot be understood."""

    def check(self, ask: Ask, facts: Facts) -> RefusedError | None:
        """Return how the engine refuses values that it understands, None when it takes them."""
        return None

    @abstractmethod
    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        """Begin the answer to a completion."""

    @abstractmethod
    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        """Return a refusal with that status; `kind` is its type, None the one usual for the status."""

    @abstractmethod
    def busy(self, *, stream: bool) -> RefusedError:
        """Return the answer of an engine that takes no more work at present."""

    @abstractmethod
    def loading(self, method: str, path: str) -> RefusedError | None:
        """Return the answer while the model is not loaded; None where that changes nothing."""

    @abstractmethod
    def failure(self, message: str, kind: str | None, *, stream: bool) -> RefusedError:
        """Return the answer when generating failed before anything was said."""

    def error(self, message: str, kind: str | None) -> Data:
        """Return the data of an error inside a stream."""
        return self.failure(message, kind, stream=False).body

    def embeddings(self, ask: Ask, facts: Facts, vectors: Sequence[list[float]]) -> Any:
        """Return the answer to an embedding; asked only where `workload` knows it."""
        raise NotImplementedError

    def ranking(self, ask: Ask, facts: Facts, scores: Sequence[float]) -> Any:
        """Return the answer to a rerank; asked only where `workload` knows it."""
        raise NotImplementedError


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_answer(data: Any, media_type: str = "application/json", status: int = 200) -> Answer:
    """Return a JSON answer, written as compactly as engines write it."""
    return Answer(status, media_type, compact(data).encode())


def compact(data: Any) -> str:
    """Return JSON without spaces, characters as they are."""
    return _encode(data)


def ranked(scores: Sequence[float], top_n: int | None) -> list[tuple[int, float]]:
    """Return documents' numbers with their scores, the best first, at most `top_n`."""
    order = sorted(enumerate(scores), key=lambda item: -item[1])
    return order if top_n is None else order[:top_n]
