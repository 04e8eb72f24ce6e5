"""How an engine behaves for one completion, as data. Plays nothing itself and knows no wire format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchqueue.kit.engine.ending import Ending
from orchqueue.kit.engine.gate import FileGate, Waited
from orchqueue.kit.errors import ScriptError


@dataclass(frozen=True)
class Special:
    """A token that is no part of the text, such as the one that ends it."""

    text: str


Piece = str | bytes | Special


@dataclass(frozen=True)
class EngineScript:
    """One request's behaviour, in words that hold for every wire format.

    Counts `*_after` are of tokens generated; 0 is before the first, and all that an embedding or a rerank
    ever reaches. What happens after the last token happens before the end is told.

    What is generated:
    - `tokens`: None draws from the request's seed as many as it asks for; a number draws at most that many
      and stops there; a list is said as it stands (bytes are pieces of a character, which are held back until
      whole, and a `Special` is no part of the text).
    - `ms_per_token` (None: the engine's), `prompt_ms`: time before the first token.

    What goes wrong on the way:
    - `hold`: nothing is generated before the gate opens; `hold_after`: only after so many tokens it waits.
      `each`: every single token waits for it, so that an engine can be led token by token.
    - `ends`: the whole engine goes away, by its `after` in tokens of this request.
    - `stall_after`: silent from there until the client leaves. `cut_after`: closes the connection there, with
      `cut_reset` by a reset. `end_after`: ends the answer there cleanly, but without the end being told.
    - `malformed_after`: sends `malformed` as data there, and goes on. `bad_chunk_after`: breaks HTTP's own
      chunking there. `error_after`: an error of `error_type` (None: the format's) and `error_message`, inside
      the stream where it has begun.
    - `error_status`: refused with that type and message before anything is generated. `busy`: as by a full
      engine. `not_ready`: as by one that loads its model. `refuse_in_stream`: whether such a refusal is an
      event of a stream with status 200 (None: where the format does so); False in the default script holds
      for what the engine refuses by itself, too.

    How it is written, None where the format's own way is meant:
    - `tokens_per_event`: so many tokens share an event. `cumulative`: every event has the whole text so far.
    - `write_size`: bytes per write, so that events arrive in pieces. `at_once`: what is said goes out in one
      write, together with what goes wrong after it. `line_end`: of the stream's lines.
      `data_space`: a space after `data:`. `ping_every`: a comment before every so many events. `done_marker`:
      `data: [DONE]` at the end.
    - `omit`: fields left out of every event, `override`: fields that say something else where the end is
      told. A dot goes into objects and lists: `choices.0.finish_reason`.
    """

    tokens: int | Sequence[Piece] | None = None
    ms_per_token: float | None = None
    prompt_ms: float = 0.0
    hold: Waited | None = None
    hold_after: int = 0
    each: Waited | None = None
    ends: Ending | None = None
    stall_after: int | None = None
    cut_after: int | None = None
    cut_reset: bool = False
    end_after: int | None = None
    malformed_after: int | None = None
    malformed: str = '{"content": "unfinished'
    bad_chunk_after: int | None = None
    error_after: int | None = None
    error_status: int | None = None
    error_type: str | None = None
    error_message: str = "scripted error"
    busy: bool = False
    not_ready: bool = False
    refuse_in_stream: bool | None = None
    tokens_per_event: int = 1
    cumulative: bool = False
    write_size: int | None = None
    at_once: bool = False
    line_end: str = "\n"
    data_space: bool | None = None
    ping_every: int = 0
    done_marker: bool | None = None
    omit: tuple[str, ...] = ()
    override: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.line_end not in {"\n", "\r\n", "\r"}:
            raise ScriptError(f"line_end is {self.line_end!r}; it may be LF, CRLF or CR")
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ScriptError(f"{name} is {value}; it counts from 0")
        for name in ("write_size", "tokens_per_event"):
            if getattr(self, name) == 0:
                raise ScriptError(f"{name} is 0; it is at least 1")

    def pauses_at(self, count: int) -> bool:
        """Whether something happens after so many tokens that comes before the next one, or the end."""
        points = [self.stall_after, self.cut_after, self.end_after, self.bad_chunk_after, self.error_after]
        points += [self.hold_after] if self.hold is not None else []
        points += [self.ends.after] if self.ends is not None else []
        return count in points

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> "EngineScript":
        """Read a script from a file's mapping; `{hex: "e4bd"}` and `{special: "</s>"}` may be tokens, and
        `hold` is the path of a file, which opens the gate by being there.

        Raises ScriptError.
        """
        unknown = sorted(str(name) for name in set(data) - set(_KINDS))
        if unknown:
            raise ScriptError(
                f"unknown field {unknown[0]!r} in a script; known are {', '.join(sorted(_KINDS))}"
            )
        values = dict(data)
        if isinstance(values.get("tokens"), list):
            values["tokens"] = tuple(_piece(token) for token in values["tokens"])
        if isinstance(values.get("omit"), list):
            values["omit"] = tuple(values["omit"])
        for name, value in values.items():
            kinds = _KINDS[name]
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                raise ScriptError(f"{name} is {value!r}, of the wrong type")
        if "hold" in values:
            values["hold"] = FileGate(Path(values["hold"]))
        if "ends" in values:
            values["ends"] = Ending.from_mapping(values["ends"])
        return cls(**values)


_INTEGERS = (
    "hold_after",
    "stall_after",
    "cut_after",
    "end_after",
    "malformed_after",
    "bad_chunk_after",
    "error_after",
    "error_status",
    "write_size",
    "ping_every",
    "tokens_per_event",
)
_DURATIONS = ("ms_per_token", "prompt_ms")
_COUNTS = (*_INTEGERS, *_DURATIONS)
_KINDS: Mapping[str, tuple[type, ...]] = {
    "tokens": (int, tuple),
    **dict.fromkeys(_INTEGERS, (int,)),
    **dict.fromkeys(_DURATIONS, (int, float)),
    **dict.fromkeys(("cut_reset", "busy", "not_ready", "refuse_in_stream", "cumulative"), (bool,)),
    **dict.fromkeys(("at_once", "data_space", "done_marker"), (bool,)),
    **dict.fromkeys(("malformed", "error_type", "error_message", "line_end", "hold"), (str,)),
    "omit": (tuple,),
    "override": (dict,),
    "ends": (dict,),
}


def _piece(token: Any) -> Piece:
    if isinstance(token, str):
        return token
    if isinstance(token, Mapping) and set(token) == {"hex"}:
        try:
            return bytes.fromhex(token["hex"])
        except ValueError as error:
            raise ScriptError(f"a token's hex is {token['hex']!r}: {error}") from error
    if isinstance(token, Mapping) and set(token) == {"special"} and isinstance(token["special"], str):
        return Special(token["special"])
    raise ScriptError(f"a token is {token!r}; it is text, {{hex: …}} or {{special: …}}")
