"""What scenarios see of a server that nothing is wrong with, so that a mutant is tried on those alone that
can meet it.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from orchqueue.mutate import surgery
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.surgery import Answer, EventSurgery
from orchqueue.verify import evidence
from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord


class Survey:
    """The exchanges of a run, by scenario, and how long each scenario took."""

    def __init__(self, folder: Path, contract: Contract) -> None:
        self.seconds: Mapping[str, float] = {
            scenario.place: scenario.seconds for scenario in evidence.scenarios(folder)
        }
        self._by_answer: dict[tuple[str, str, int], list[ExchangeRecord]] = defaultdict(list)
        for exchange in evidence.exchanges(folder):
            operation = contract.operation(exchange.method, exchange.path)
            path = operation.template if operation else exchange.path
            self._by_answer[exchange.method, path, exchange.status].append(exchange)

    def meeting(self, mutation: Mutation) -> set[str]:
        """Name the scenarios in which a mutant would have changed something."""
        found: set[str] = set()
        for (method, path, status), exchanges in self._by_answer.items():
            # A template stands for all its paths: their sites are the same.
            sites = mutation.at(method, path, None if mutation.part == "request" else status)
            for exchange in exchanges if sites else ():
                if exchange.scenario not in found and _would_change(mutation, sites, exchange):
                    found.add(exchange.scenario)
        return found

    def moving(self, mutation: Mutation) -> set[str]:
        """Name the scenarios that move what a mutant of the metrics is about: what others have moved before
        is not there when a scenario is run alone.
        """
        if mutation.part not in {"series", "label"}:
            return set()
        read: dict[str, list[set[str]]] = defaultdict(list)
        for exchange in self._by_answer["GET", "/metrics", 200]:
            if exchange.method == "GET":
                read[exchange.scenario].append(_meant(mutation, exchange.response_body))
        return {scenario for scenario, seen in read.items() if seen[0] != seen[-1]}


def _meant(mutation: Mutation, text: str) -> set[str]:
    """Give the lines of a page of metrics that a mutant would change."""
    return set(text.splitlines()) - set(surgery.exposition(mutation, text).splitlines())


def _would_change(mutation: Mutation, sites: list[Site], exchange: ExchangeRecord) -> bool:
    if not _speaks_of(mutation, exchange):
        return False
    if mutation.part == "request":
        return surgery.request(mutation, sites, exchange.request_body.encode()) is not None
    if exchange.method == "HEAD":
        return False
    headers, body = list(exchange.response_headers), exchange.response_body.encode()
    if mutation.part not in {"event", "data"}:
        return surgery.answer(mutation, sites, Answer(exchange.status, headers, body))
    met: list[None] = []
    surgeon = EventSurgery(mutation, sites, lambda: met.append(None))
    for block in body.split(b"\n\n"):
        surgeon.take(block + b"\n\n")
    return bool(met)


def _speaks_of(mutation: Mutation, exchange: ExchangeRecord) -> bool:
    """Whether what is meant can be in an exchange at all, which is quickly seen."""
    text = exchange.request_body if mutation.part == "request" else exchange.response_body
    if mutation.part in {"status", "header"}:
        return True
    return (mutation.value or mutation.name.removesuffix("_total")) in text
