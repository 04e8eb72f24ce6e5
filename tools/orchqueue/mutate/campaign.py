"""A campaign: many mutants on trial in a few workplaces, and the control that says whether it counts."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from orchqueue.mutate.control import Control
from orchqueue.mutate.dealing import Deal
from orchqueue.mutate.judging import Judge
from orchqueue.mutate.matrix import Row
from orchqueue.mutate.mutants import CONTROL, Kind, Mutant
from orchqueue.mutate.survey import Survey
from orchqueue.mutate.switch import Switch
from orchqueue.mutate.trial import Knowledge, attempt, doubted
from orchqueue.mutate.workplace import Case, Workplace, command
from orchqueue.verify import features
from orchqueue.verify.contract import Contract
from orchqueue.verify.provider import Provider
from orchqueue.verify.runspec import RunSpec, TargetKind, TargetSpec
from orchqueue_contract import load

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_A_TIME = 160


class Campaign:
    """Tries mutants of the reference server of the tree at `root`; files go to `folder`."""

    def __init__(self, root: Path, folder: Path, socket: str, jobs: int) -> None:
        self._root = root.resolve()
        self._folder = folder.resolve()
        self._socket = socket
        self._jobs = jobs
        self._places = 0
        self._judges: dict[Workplace, Judge] = {}
        self._control = Control()
        self.profiles: tuple[str, ...] = ()
        self.cases: list[Case] = []

    def learn(self) -> None:
        """Ask what there is to run, and what the server claims."""
        with self._workplaces(Kind.NAMED, 1) as [place]:
            self.cases = place.cases()
            self.profiles = tuple(place.claims())

    def survey(self) -> Survey:
        """Run every scenario with nothing wrong, and see what each of them meets."""
        out = self._folder / "survey"
        switch = Switch(self._folder / "survey.switch")
        switch.put({})
        words = command(self._root, self._socket, switch.path, Kind.NAMED)
        spec = RunSpec(TargetSpec(TargetKind.COMMAND, command=words), str(out), seed=1, jobs=self._jobs)
        features.run(spec, lambda _: None, {})
        return Survey(out, self._contract())

    def attempt(
        self, mutants: Sequence[Mutant], knowledge: Knowledge, told: Callable[[Row], None]
    ) -> Iterator[list[Row]]:
        """Try mutants, kind by kind and some at a time, and then the control on what caught them; `told` gets
        each as it comes.

        Gives the rows of those, so that what is interrupted keeps what it has. What the control does not
        survive has caught nothing; raises MutateError when it survives nothing at all.
        """
        for kind in (Kind.WIRE, Kind.NAMED):
            chosen = [mutant for mutant in mutants if mutant.kind is kind]
            chosen.sort(key=lambda mutant: (_server(knowledge, mutant), mutant.name))
            with self._workplaces(kind, min(self._jobs, len(chosen))) as places:
                for first in range(0, len(chosen), AT_A_TIME):
                    some = chosen[first : first + AT_A_TIME]
                    found = self._shared(
                        places,
                        some,
                        lambda mutant: _server(knowledge, mutant),
                        lambda place, judge, mutant: attempt(place, mutant, knowledge, judge),
                        told,
                    )
                    failing = self._control.failing(
                        self.cases,
                        found,
                        lambda tried: self._shared(
                            places, tried, lambda case: case.server, _unbroken, lambda _: None
                        ),
                    )
                    yield [
                        doubted(row, mutant, failing, knowledge)
                        for row, mutant in zip(found, some, strict=True)
                    ]

    @contextmanager
    def _workplaces(self, kind: Kind, count: int) -> Iterator[list[Workplace]]:
        with ExitStack() as stack:
            places = []
            for _ in range(count):
                self._places += 1
                folder = self._folder / f"{kind}-{self._places}"
                places.append(Workplace(folder, self._root, self._socket, kind, self.profiles))
                stack.callback(places[-1].close)
            yield places

    def _shared(
        self,
        places: Sequence[Workplace],
        items: Sequence[Item],
        needs: Callable[[Item], str],
        do: Callable[[Workplace, Judge, Item], Result],
        told: Callable[[Result], None],
    ) -> list[Result]:
        """Do something for each item in whichever workplace is free, by the server that each needs; give the
        results in order of items.
        """
        deal = Deal([needs(item) for item in items], {case.server for case in self.cases if case.alone})
        results: dict[int, Result] = {}
        broken: list[BaseException] = []

        def work(place: Workplace) -> None:
            judge = self._judges.get(place) or self._judge()
            self._judges[place] = judge
            while not broken:
                index = deal.take(place)
                if index is None:
                    return
                try:
                    results[index] = do(place, judge, items[index])
                    told(results[index])
                except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
                    broken.append(error)

        threads = [threading.Thread(target=work, args=(place,)) for place in places]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]
        return [results[index] for index in range(len(items))]

    def _judge(self) -> Judge:
        """Give a judge for one workplace: what openapi-core has compiled is not made to be shared."""
        return Judge(Provider(self._contract()), self.profiles)

    @staticmethod
    def _contract() -> Contract:
        return Contract(load("openapi"), load("events"), load("errors"))


def _server(knowledge: Knowledge, mutant: Mutant) -> str:
    first = next(iter(knowledge.candidates(mutant)), None)
    return first.server if first else ""


def _unbroken(place: Workplace, judge: Judge, case: Case) -> str:
    """Say what is wrong with a scenario when nothing is wrong with the server."""
    judged = judge.look(place.run(case, CONTROL), place.home)
    return judged.not_judged or "; ".join(
        f"{check.id} {check.kind}: {check.detail}" for check in judged.failed
    )
