"""What one run of the features is to do: the note that `orchqueue verify` leaves for their process.

It holds no keys: those of an attached target go through the environment (`API_KEY`, `CONTROL_KEY`).
"""

import dataclasses
import json
import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

API_KEY = "ORCHQUEUE_API_KEY"
CONTROL_KEY = "ORCHQUEUE_CONTROL_KEY"


class TargetKind(StrEnum):
    """How the system under test is reached."""

    REFERENCE = "reference"
    COMMAND = "command"
    ATTACHED = "attached"


@dataclass(frozen=True)
class TargetSpec:
    """The system under test: the bundled server, a command that starts one, or the URL of one that runs.

    `forked_by` is the address of the fork server that bundled servers come from, while the run has one.
    """

    kind: TargetKind = TargetKind.REFERENCE
    command: str | None = None
    url: str | None = None
    engine_listen: str | None = None
    forked_by: str | None = None

    @property
    def described(self) -> str:
        """The target in the words of the command line."""
        return self.command or self.url or str(self.kind)

    @property
    def rerun(self) -> str:
        """The shell line that judges it again, to which options can be added."""
        words = ["orchqueue", "verify"]
        for option, value in (
            ("--target-cmd", self.command),
            ("--url", self.url),
            ("--engine-listen", self.engine_listen),
        ):
            words += [option, value] if value is not None else []
        return shlex.join(words)


@dataclass(frozen=True)
class RunSpec:
    """One run of the features.

    `features` are paths below the suite (`core/tasks.feature`, or a folder), `requirements` are IDs, `only`
    are single scenarios as `features/core/tasks.feature:12`; each of them narrows the run, and empty ones
    do not. `explore` runs the scenarios that make requests from the contract, and none else; `deep` makes
    many more of them, from the run's seed. `profiles` stands in for what the server claims. `suite` is the
    folder that holds `features/` and `steps/`; None means the package's own.
    """

    target: TargetSpec
    out: str
    seed: int
    jobs: int = 1
    features: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    smoke: bool = False
    explore: bool = False
    deep: bool = False
    profiles: tuple[str, ...] | None = None
    suite: str | None = None

    def write(self, path: Path) -> None:
        """Leave the note at `path`."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "RunSpec":
        """Take up the note at `path`."""
        data = json.loads(path.read_text(encoding="utf-8"))
        target = data.pop("target")
        lists = {
            name: None if value is None else tuple(value)
            for name, value in data.items()
            if name in {"features", "requirements", "only", "profiles"}
        }
        spec = TargetSpec(**{**target, "kind": TargetKind(target["kind"])})
        return cls(target=spec, **{**data, **lists})
