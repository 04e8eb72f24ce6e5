"""What all adapters have in common whose engine is a server of its own: connections, streams, metrics, and
how it is seen that a slot is free.

What is said, and how it is understood, is each adapter's.
"""

from abc import abstractmethod
from typing import Any

from orchestratord.adapters import exposition
from orchestratord.adapters.base import EngineAdapter, GenerateRequest, Generation, Others
from orchestratord.adapters.link import EngineLink
from orchestratord.adapters.parsing import StreamParser
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import question_failed
from orchestratord.adapters.streaming import Exchange, StreamedGeneration, until_idle
from orchestratord.core.engine_failures import EngineFailure

_NOT_SERVED = frozenset({404, 405, 501})


class HttpAdapter(EngineAdapter):
    """An engine by URL. `running` are the gauges that count the requests which it has, where it has such."""

    running: tuple[str, ...] = ()

    def __init__(self, plan: AdapterPlan) -> None:
        self.plan = plan
        if plan.workloads is not None:
            self.workloads = self.workloads & plan.workloads
        self.link = EngineLink(plan)
        self._metrics_path = plan.metrics_url or "/metrics"
        self._has_metrics = True

    def generation(self, request: GenerateRequest) -> Generation:
        exchange = self.exchange(request)
        return StreamedGeneration(self.link, exchange, lambda others: self.idle(others, exchange.parser))

    @abstractmethod
    def exchange(self, request: GenerateRequest) -> Exchange:
        """What is sent for a completion."""

    async def idle(self, others: int, parser: StreamParser | None) -> bool | None:
        """Whether the engine shows that it has no more than `others` requests; None when it cannot tell."""
        metrics = await self.metrics() if self.running else None
        count = None if metrics is None else exposition.total(metrics, self.running)
        return None if count is None else count <= others

    async def wait_idle(self, others: Others) -> bool:
        return await until_idle(lambda: self.idle(others(), None))

    async def metrics(self) -> bytes | None:
        """The engine's own metrics, None where it has none."""
        if not self._has_metrics:
            return None
        try:
            status, body = await self.link.ask(self._metrics_path)
        except EngineFailure:
            return None
        self._has_metrics = status not in _NOT_SERVED
        return body if status == 200 else None

    async def told(self, path: str, what: str) -> bytes:
        """The engine's answer to a question about itself. Raises EngineFailure."""
        status, body = await self.link.ask(path)
        if status != 200:
            raise question_failed(what, status)
        return body

    async def count_tokens(self, text: str) -> int | None:
        return None

    async def counted(self, path: str, body: dict[str, Any]) -> bytes | None:
        """The answer of the engine's tokenizer, None where it does not answer."""
        try:
            status, answer = await self.link.ask(path, body)
        except EngineFailure:
            return None
        return answer if status == 200 else None

    async def close(self) -> None:
        await self.link.close()
