"""How an engine behaves for one completion, as data. Plays nothing itself and knows no wire format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit.engine.gate import Gate
from orchqueue.kit.errors import ScriptError

Piece = str | bytes


@dataclass(frozen=True)
class EngineScript:
    """One completion's behaviour.

    Counts `*_after` are of tokens generated; 0 is before the first, and so before headers.

    - `tokens`: None draws from the request's seed as many as it asks for; a number draws at most that many
    and stops there (`eos`); a list is said as it stands (bytes are pieces of a character, which are held back
    until whole). - `ms_per_token` (None: the engine's), `prompt_ms`: time before the first token. - `hold`:
    nothing is generated before the gate opens; `hold_after`: only after so many tokens it waits there. -
    `stall_after`: silent from there until the client leaves. `cut_after`: closes the connection there, with
    `cut_reset` by a reset. `end_after`: ends the stream there cleanly, but without the last chunk. -
    `malformed_after`: sends `malformed` as data there, and goes on. `bad_chunk_after`: breaks HTTP's own
    chunking there. `error_after`: an error inside the stream, which ends it. - `error_status` with
    `error_type` and `error_message`: refused before anything is generated. `busy`: 503 as of a full engine.
    `not_ready`: 503 as of one that loads its model. - `write_size`: bytes per write, so that events arrive in
    pieces. `line_end`: of the stream's lines. `ping_every`: a comment before every so many events.
    `done_marker`: `data: [DONE]` at the end. - `omit`: fields left out of every chunk, `override`: fields of
    the last chunk that say something else.
    """

    tokens: int | Sequence[Piece] | None = None
    ms_per_token: float | None = None
    prompt_ms: float = 0.0
    hold: Gate | None = None
    hold_after: int = 0
    stall_after: int | None = None
    cut_after: int | None = None
    cut_reset: bool = False
    end_after: int | None = None
    malformed_after: int | None = None
    malformed: str = '{"content": "unfinished'
    bad_chunk_after: int | None = None
    error_after: int | None = None
    error_status: int | None = None
    error_type: str = "server_error"
    error_message: str = "scripted error"
    busy: bool = False
    not_ready: bool = False
    write_size: int | None = None
    line_end: str = "\n"
    ping_every: int = 0
    done_marker: bool = False
    omit: tuple[str, ...] = ()
    override: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.line_end not in {"\n", "\r\n", "\r"}:
            raise ScriptError(f"line_end is {self.line_end!r}; it may be LF, CRLF or CR")
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ScriptError(f"{name} is {value}; it counts from 0")
        if self.write_size == 0:
            raise ScriptError("write_size is 0; a write has at least one byte")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> "EngineScript":
        """Read a script from a file's mapping; `{hex: "e4bd"}` among tokens are bytes. Raises ScriptError."""
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
)
_DURATIONS = ("ms_per_token", "prompt_ms")
_COUNTS = (*_INTEGERS, *_DURATIONS)
_KINDS: Mapping[str, tuple[type, ...]] = {
    "tokens": (int, tuple),
    **dict.fromkeys(_INTEGERS, (int,)),
    **dict.fromkeys(_DURATIONS, (int, float)),
    **dict.fromkeys(("cut_reset", "busy", "not_ready", "done_marker"), (bool,)),
    **dict.fromkeys(("malformed", "error_type", "error_message", "line_end"), (str,)),
    "omit": (tuple,),
    "override": (dict,),
}


def _piece(token: Any) -> Piece:
    if isinstance(token, str):
        return token
    if isinstance(token, Mapping) and set(token) == {"hex"}:
        try:
            return bytes.fromhex(token["hex"])
        except ValueError as error:
            raise ScriptError(f"a token's hex is {token['hex']!r}: {error}") from error
    raise ScriptError(f"a token is {token!r}; it is text or {{hex: …}}")
