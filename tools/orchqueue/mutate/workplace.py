"""Where mutants are tried: a process that runs scenarios, on servers behind a switch.

A workplace for wire mutants keeps its servers and puts mutants on and off in the proxy in front of them; one
for named mutants starts new servers for each, from the fork server.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchqueue.kit.forking import stand_in
from orchqueue.kit.patience import VARIABLE as PATIENCE
from orchqueue.mutate.between import BEHIND
from orchqueue.mutate.errors import MutateError
from orchqueue.mutate.mutants import FOLDER, Kind, Mutant
from orchqueue.mutate.switch import Switch
from orchqueue.verify.features import PACKAGE
from orchqueue.verify.runspec import RunSpec, TargetKind, TargetSpec

STDERR_LINES = 5
FRONT_IMPORTS = ("orchqueue.mutate.between", "orchqueue.mutate.surgery", "orchqueue.mutate.switch")
SERVERS = "servers"
# A server that is wrong is often one that something never comes from. The control waits no longer, so what
# catches a mutant would have passed in that time.
HURRY = {PATIENCE: "10"}


@dataclass(frozen=True)
class Case:
    """One scenario: where it stands, its name, the requirements that it is tagged with, its server, and the
    digest of what it does. `alone` says that its server runs engines itself, each a process; `lasting` that
    what it does to its server stays, so that the next one has to have another.
    """

    place: str
    path: str
    name: str
    ids: frozenset[str]
    server: str
    digest: str
    alone: bool = False
    lasting: bool = False

    @property
    def title(self) -> str:
        """How it is named where lines may move, as a cell of a table keeps it."""
        return f"{self.path}: {self.name}".strip()


def command(root: Path, socket: str, switch: Path, kind: Kind) -> str:
    """Give the command that starts a server whose mutant is what the switch says."""
    wrong = [sys.executable, os.fspath((root / FOLDER / "_server.py").resolve()), os.fspath(switch)]
    named = kind is not Kind.WIRE
    server = stand_in(socket, [*wrong, "serve", "--config", "{config}" if named else BEHIND])
    if named:
        return shlex.join(server)
    front = [sys.executable, "-m", "orchqueue.mutate.front", os.fspath(switch), "{config}", "--"]
    return shlex.join(stand_in(socket, [*front, *server]))


class Workplace:
    """One process that runs scenarios, with its switch, in a folder of its own.

    `home` is where the files of its servers are.
    """

    def __init__(self, folder: Path, root: Path, socket: str, kind: Kind, profiles: Sequence[str]) -> None:
        self.kind = kind
        self._folder = folder
        self._count = 0
        self.home = folder / SERVERS
        folder.mkdir(parents=True)
        self.switch = Switch(folder / "switch")
        self.switch.put({})
        spec = RunSpec(
            TargetSpec(TargetKind.COMMAND, command=command(root, socket, self.switch.path, kind)),
            os.fspath(self.home),
            seed=0,
            profiles=tuple(profiles),
        )
        spec.write(folder / "run.json")
        self._stderr = folder / "stderr.txt"
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        words = [sys.executable, "-m", PACKAGE, os.fspath(self._folder / "run.json"), "worker"]
        with self._stderr.open("wb") as stderr:
            return subprocess.Popen(  # noqa: S603 - our own
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
                env={**HURRY, **os.environ},
            )

    def close(self) -> None:
        """Stop its servers and its process."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def cases(self) -> list[Case]:
        """Give all scenarios."""
        told = self._ask(ask="cases")["cases"]
        return [Case(**{**each, "ids": frozenset(each["ids"])}) for each in told]

    def claims(self) -> list[str]:
        """Give the profiles that the server claims, and go on as it does."""
        return list(self._ask(ask="claims")["profiles"])

    @contextmanager
    def trying(self, mutant: Mutant) -> Iterator[None]:
        """Have a mutant tried within: a named one on servers of its own."""
        fresh = mutant.kind is Kind.NAMED
        if fresh:
            self.switch.put(dict(mutant.on))
            self._move(self._folder / mutant.name)
        yield
        if fresh:
            self._move(self._folder / SERVERS)
        self.switch.put({})

    def _move(self, home: Path) -> None:
        self.home = home
        self._ask(ask="home", home=os.fspath(home))

    def run(self, case: Case, mutant: Mutant) -> Path:
        """Run a scenario against a mutant, and give the folder of its records."""
        self._count += 1
        out = self.home / f"records-{self._count}"
        if case.lasting and mutant.kind is not Kind.NAMED:
            # What an engine that is a process, or a pool that is drained, was brought to is not undone.
            self._move(self._folder / f"{SERVERS}-{self._count}")
            out = self.home / out.name
        if mutant.kind is not Kind.NAMED:
            # The server is right until the scenario begins: what is tried is the check, not the start.
            self.switch.put({})
            self._ask(ask="up", server=case.server)
            self.switch.put(dict(mutant.on))
        self._ask(ask="run", place=case.place, out=os.fspath(out))
        return out

    def _ask(self, **asked: str) -> dict[str, Any]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        data = json.loads(line) if line else {"what": "failed", "reason": self._last_words()}
        if data["what"] == "failed":
            raise MutateError(f"the process that runs the scenarios ended: {data['reason']}")
        told: dict[str, Any] = data
        return told

    def _last_words(self) -> str:
        lines = self._stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-STDERR_LINES:]) or "it wrote nothing to stderr"
