"""Asks every engine of a plan once whether it is there, for who wants to know before starting."""

import asyncio

from orchestratord.adapters import ADAPTERS
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.plans import ServicePlan
from orchestratord.service.worker import Worker


def missing_engines(plan: ServicePlan) -> list[str]:
    """One sentence for each engine that does not answer as it should."""
    return asyncio.run(_ask_all(plan))


async def _ask_all(plan: ServicePlan) -> list[str]:
    found: list[str] = []
    for pool in plan.pools:
        for one in pool.workers:
            worker = Worker(pool, one, ADAPTERS[pool.adapter])
            try:
                await worker.adapter.probe()
            except EngineFailure as failure:
                found.append(f"pool {pool.id}, worker {one.id}: {failure.message}")
            finally:
                await worker.adapter.close()
    return found
