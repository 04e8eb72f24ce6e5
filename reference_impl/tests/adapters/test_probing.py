"""What an operator is told of engines before a server is started: each that does not answer as it should."""

from dataclasses import replace

import pytest

from orchestratord.service import PoolPlan, ServicePlan, WorkerPlan
from orchestratord.service.probing import missing_engines
from orchqueue.kit import free_port


@pytest.fixture
def pool(bench) -> PoolPlan:
    engine = "vllm" if bench.format == "openai" else bench.format
    worker = WorkerPlan("w", bench.engine.url)
    return PoolPlan("p", engine, bench.format, (worker,), model=bench.engine.model, slots=2, ctx=4096)


def test_an_engine_that_is_there(pool) -> None:
    assert missing_engines(ServicePlan((pool,))) == []


def test_an_engine_that_loads(bench, pool) -> None:
    bench.engine.ready = False
    (told,) = missing_engines(ServicePlan((pool,)))
    assert told == "pool p, worker w: the engine is loading its model"


def test_an_engine_that_is_not_there(pool) -> None:
    nowhere = replace(pool, workers=(WorkerPlan("w", f"http://127.0.0.1:{free_port()}"),))
    (told,) = missing_engines(ServicePlan((nowhere,)))
    assert told.startswith("pool p, worker w: the engine cannot be reached")
