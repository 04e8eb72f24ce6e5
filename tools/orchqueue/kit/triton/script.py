"""What models there are and how they behave, as data. The model itself reads it as JSON."""

from dataclasses import dataclass

from orchqueue.kit.errors import ScriptError


@dataclass(frozen=True)
class TritonModel:
    """A text model with `slots` instances, each of which works on one request at a time.

    Its outputs are the new texts alone, or, when `cumulative`, the whole text so far: backends differ.
    """

    name: str = "tiny"
    slots: int = 2
    cumulative: bool = False


@dataclass(frozen=True)
class TritonScript:
    """How requests behave from now on. Counts `*_after` are of tokens sent; 0 is before the first.

    `ms_per_token` is the time before each token. `hold_after`: waits there until `RealTriton.release`.
    `fail_after`: an error there, which ends the request; `raise_after`: the model's code breaks there, of
    which the engine makes an error of its own. `end_after`: the model has no more to say there.
    """

    ms_per_token: float = 1.0
    hold_after: int | None = None
    fail_after: int | None = None
    raise_after: int | None = None
    end_after: int | None = None

    def __post_init__(self) -> None:
        for name in ("ms_per_token", "hold_after", "fail_after", "raise_after", "end_after"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ScriptError(f"{name} is {value}; it counts from 0")
