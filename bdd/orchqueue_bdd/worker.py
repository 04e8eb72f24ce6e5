"""Runs single scenarios as they are asked for, on servers that stay up.

Started by `python -m orchqueue_bdd RUN-SPEC worker`.

Requests come on stdin and answers go to stdout, a JSON object a line each:

    {"ask": "cases"}                      → {"what": "cases", "cases": [{place path name ids server …}, …]}
    {"ask": "claims"}                     → {"what": "claims", "profiles": […]}
    {"ask": "up", "server": …}            → {"what": "up"}
    {"ask": "home", "home": …}            → {"what": "home"}
    {"ask": "run", "place": …, "out": …}  → {"what": "ran"}

The records of a run are in its `out`, shaped as those of any run. Servers have a home, the folder of their
files: a move stops them, and what is asked for behind it runs on new ones.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orchqueue.kit import KitError
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd import targets
from orchqueue_bdd.exploring import depth
from orchqueue_bdd.progress import Progress
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.run import Run
from orchqueue_bdd.selection import Case, Slice, chosen, digest
from orchqueue_bdd.servers import SERVERS, Servers
from orchqueue_bdd.suite import Suite


class Worker:
    """The servers, the scenarios and the steps of one process, kept from one request to the next."""

    def __init__(self, spec: RunSpec, progress: Progress) -> None:
        self._spec = spec
        self._progress = progress
        self._suite = Suite(Path(spec.suite) if spec.suite else None)
        wanted = chosen(spec, lambda _identifier: True)
        self._cases = {case.place: case for case in self._suite.cases() if wanted(case)}
        self._claimed = frozenset(spec.profiles or ())
        self._run = self._move(spec.out)

    def serve(self, requests: Iterable[str]) -> None:
        """Do what is asked until nothing more is."""
        try:
            with self._suite.loaded():
                for line in requests:
                    asked = json.loads(line)
                    self._progress.say(**self._done(asked))
        finally:
            self._run.servers.stop_all()

    def _done(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["ask"]:
            case "cases":
                return {"what": "cases", "cases": [_told(case) for case in self._cases.values()]}
            case "claims":
                return {"what": "claims", "profiles": self._learn_claims()}
            case "up":
                self._up(asked["server"])
                return {"what": "up"}
            case "home":
                self._run.servers.stop_all()
                self._run = self._move(asked["home"])
                return {"what": "home"}
            case _:
                self._perform(self._cases[asked["place"]], Path(asked["out"]))
                return {"what": "ran"}

    def _learn_claims(self) -> list[str]:
        claims = list(targets.claims(self._run.servers)["profiles"])
        self._run.servers.stop_all()
        self._claimed = frozenset(claims)
        self._run = self._move(self._spec.out)
        return claims

    def _move(self, home: str) -> Run:
        folder = Path(home)
        target = targets.make(self._spec.target, folder)
        servers = Servers(target, folder, self._claimed)
        return Run(target, servers, Recorder(folder), Progress.nowhere(), depth(self._spec))

    def _up(self, name: str) -> None:
        """Have a server ready ahead of the scenario; what keeps it from that the scenario will tell."""
        if name:
            self._run.servers.keep_only(name)
            try:
                self._run.servers.get(name)
            except KitError:
                self._run.servers.forgive()

    def _perform(self, case: Case, out: Path) -> None:
        case.scenario.reset()
        self._run.recorder = Recorder(out)
        part = [Slice(case.server, case.feature, (case,))]
        self._run.take(part)
        # The servers go on after a scenario, so what a run does at its end is not done.
        self._suite.run(part, {**self._run.hooks(), "after_all": lambda _context: None})


def _told(case: Case) -> dict[str, Any]:
    setup = SERVERS.get(case.server)
    return {
        "place": case.place,
        "path": case.path,
        "name": str(case.scenario.name),
        "ids": case.ids,
        "server": case.server,
        "digest": digest(case),
        "alone": setup is not None and bool(setup.managed),
        "lasting": setup is not None and (setup.lasting or bool(setup.managed)),
    }
