"""What scenarios see of a server that nothing is wrong with, so that a mutant is tried on those alone that
can meet it.
"""

from collections.abc import Mapping
from pathlib import Path

from orchqueue.mutate import surgery
from orchqueue.mutate.mutation import Mutation
from orchqueue.mutate.surgery import Answer, EventSurgery
from orchqueue.verify import evidence
from orchqueue.verify.evidence import ExchangeRecord

EVENT_STREAM = "text/event-stream"


class Survey:
    """The exchanges of a run, by scenario, and how long each scenario took."""

    def __init__(self, folder: Path) -> None:
        self.seconds: Mapping[str, float] = {
            scenario.place: scenario.seconds for scenario in evidence.scenarios(folder)
        }
        self._exchanges = evidence.exchanges(folder)

    def meeting(self, mutation: Mutation) -> set[str]:
        """Name the scenarios in which a mutant would have changed something."""
        return {exchange.scenario for exchange in self._exchanges if _would_change(mutation, exchange)}


def _would_change(mutation: Mutation, exchange: ExchangeRecord) -> bool:
    asking = mutation.part == "request"
    sites = mutation.at(exchange.method, exchange.path, None if asking else exchange.status)
    if not sites or (exchange.method == "HEAD" and not asking):
        return False
    if asking:
        return surgery.request(mutation, sites, exchange.request_body.encode()) is not None
    headers, body = list(exchange.response_headers), exchange.response_body.encode()
    if mutation.part not in {"event", "data"}:
        return surgery.answer(mutation, sites, Answer(exchange.status, headers, body))
    met: list[None] = []
    surgeon = EventSurgery(mutation, sites, lambda: met.append(None))
    for block in body.split(b"\n\n"):
        surgeon.take(block + b"\n\n")
    return bool(met)
