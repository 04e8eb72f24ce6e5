"""Asking the modules of the hook `tool` about a body, in a thread of their own."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from orchestratord.policy import snapshot, verdict
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience
from orchestratord.policy.snapshot import Passage
from orchestratord.policy.verdict import Decision

LATE: Final = "it did not decide in time"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one module decided: its id, the decision, and what the audit log says of it."""

    plugin_id: str
    decision: Decision
    told: Mapping[str, Any]


class Judges:
    """The modules of a host, asked one after the other. To be closed by whoever opens it."""

    def __init__(self, host: PolicyHost, time_ms: Callable[[], float]) -> None:
        self._host = host
        self._time_ms = time_ms
        self._asking = ThreadPoolExecutor(1, "tool-policy")
        self.count = len(host.of("tool"))

    async def ask(self, number: int, passage: Passage, body: str | None) -> Judgement:
        """What the module of that number decides about a body; None is one that is no text."""
        module, patience = self._host.of("tool")[number], Patience()
        began_s, now_ms = time.perf_counter(), round(self._time_ms())
        ask = partial(
            self._host.tool,
            module,
            passage.step,
            snapshot.tool(passage, body, now_ms),
            patience,
            correlation_id=passage.correlation_id,
            now_ms=now_ms,
        )
        try:
            async with asyncio.timeout(self._host.limits.wait_ms / 1000):
                decision = await asyncio.get_running_loop().run_in_executor(self._asking, ask)
        except TimeoutError:
            decision = verdict.failed(LATE, module.plan.denies_on_failure)
        finally:
            patience.over = True
        told: dict[str, Any] = {
            "plugin_id": module.plan.id,
            "plugin_version": module.version,
            "hook": passage.step,
            "decision": decision.verdict,
            "latency_ms": round((time.perf_counter() - began_s) * 1000, 3),
        }
        if decision.failure is not None:
            told["reason"] = decision.failure
        return Judgement(module.plan.id, decision, told)

    def close(self) -> None:
        """Ask nothing any more."""
        self._asking.shutdown()
