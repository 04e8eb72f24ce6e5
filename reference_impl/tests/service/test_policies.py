"""Asking policies: not for longer than a task may wait, and by those modules that are in force."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.guards import estimated_size
from orchestratord.core.tasks import TaskSpec
from orchestratord.logs import Log
from orchestratord.metrics import Metrics
from orchestratord.policy import CallLimits, ModulePlan, PolicyPlan
from orchestratord.service import Ledger, Submitter
from orchestratord.service.policies import Policies

SPEC = TaskSpec("t", "s", "completion", "m", "llamacpp", 0, "batch", 5, prompt="hello", max_tokens=3)
ASKS = Submitter("default", "k", "c-1")
LOOP = "(loop $l (br $l)) (i64.const 0)"
ALLOWS, DENIES, HURRIES = (0, 20), (64, 36), (128, 45)
PATIENT = CallLimits(cpu_ms=200, wait_ms=20_000)


def says(text: tuple[int, int]) -> str:
    return f"(i64.const {text[0] + 1024 << 32 | text[1]})"


class Place:
    """A folder of modules, and what is logged about them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lines: list[dict[str, Any]] = []
        log = Log(lambda line: self.lines.append(json.loads(line)), "debug", "boot")
        self.ledger = Ledger(Metrics(("core", "policy"), list, lambda *_: None), log)

    def plan(self, *bodies: str, limits: CallLimits = PATIENT) -> PolicyPlan:
        modules = []
        for number, body in enumerate(bodies):
            path = self._folder / f"{number}.wasm"
            path.write_bytes(wat2wasm(_wat(body)) if body.startswith("(") else body.encode())
            modules.append(ModulePlan(f"p{number}", path, "admission"))
        return PolicyPlan(tuple(modules), limits)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]


def _wat(body: str) -> str:
    return f"""(module (memory (export "memory") 2)
      (data (i32.const 8) "1.0.0")
      (data (i32.const 1024) "{{\\22decision\\22:\\22allow\\22}}")
      (data (i32.const 1088) "{{\\22decision\\22:\\22deny\\22,\\22reason\\22:\\22never\\22}}")
      (data (i32.const 1152) "{{\\22decision\\22:\\22allow\\22,\\22priority\\22:\\22interactive\\22}}")
      (func (export "oq_abi_version") (result i32) (i32.const 65536))
      (func (export "oq_policy_version") (result i64) (i64.const {8 << 32 | 5}))
      (func (export "oq_alloc") (param i32) (result i32) (i32.const 65536))
      (func (export "oq_admit") (param i32 i32) (result i64) {body}))"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


Work = Callable[[Policies], Coroutine[Any, Any, None]]


def run(place: Place, plan: PolicyPlan, work: Work) -> None:
    async def whole() -> None:
        policies = Policies(plan, place.ledger, lambda: asyncio.get_running_loop().time() * 1000)
        try:
            await work(policies)
        finally:
            await policies.close()

    asyncio.run(whole())


async def judged(policies: Policies, spec: TaskSpec = SPEC) -> TaskSpec:
    return await policies.judge(spec, estimated_size(spec), ASKS, ())


@pytest.mark.requirement("OC-POLICY-4013")
def test_a_task_does_not_wait_for_a_module_that_does_not_end(place: Place) -> None:
    async def work(policies: Policies) -> None:
        assert await judged(policies) == SPEC
        (line,) = place.events("policy.decision")
        assert (line["decision"], line["applied"]) == ("fail", "allow")
        assert line["reason"] == "it did not decide in time"

    # On its own it would end after ten minutes.
    run(place, place.plan(LOOP, limits=CallLimits(cpu_ms=600_000, wait_ms=20)), work)


@pytest.mark.requirement("OC-POLICY-4013")
def test_whoever_waits_behind_a_slow_call_waits_no_longer_either(place: Place) -> None:
    async def work(policies: Policies) -> None:
        assert await asyncio.gather(*(judged(policies) for _ in range(4))) == [SPEC] * 4

    run(place, place.plan(LOOP, limits=CallLimits(cpu_ms=600_000, wait_ms=20)), work)


def test_modules_are_asked_in_order_and_each_is_told_what_the_one_before_made(place: Place) -> None:
    async def work(policies: Policies) -> None:
        assert (await judged(policies)).priority == "interactive"
        told = [(line["plugin_id"], line["decision"]) for line in place.events("policy.decision")]
        # For the second one the task is interactive already, so that it changes nothing.
        assert told == [("p0", "change"), ("p1", "allow")]

    run(place, place.plan(says(HURRIES), says(HURRIES)), work)


def test_the_first_that_denies_ends_the_asking(place: Place) -> None:
    async def work(policies: Policies) -> None:
        with pytest.raises(OrchestratorError, match="The policy p0 denied the task: never") as caught:
            await judged(policies)
        assert (caught.value.code, caught.value.details[0].name) == ("FORBIDDEN", "p0")
        assert [line["plugin_id"] for line in place.events("policy.decision")] == ["p0"]

    run(place, place.plan(says(DENIES), says(ALLOWS)), work)


@pytest.mark.requirement("OC-POLICY-4015")
def test_renewed_modules_are_asked_from_then_on(place: Place) -> None:
    async def work(policies: Policies) -> None:
        await policies.renew(place.plan(says(DENIES)))
        with pytest.raises(OrchestratorError, match="never"):
            await judged(policies)
        assert place.events("policy.modules-renewed")[0]["modules"] == {"p0": "1.0.0"}

    run(place, place.plan(says(ALLOWS)), work)


@pytest.mark.requirement("OC-POLICY-4015")
def test_modules_stay_where_one_cannot_be_loaded(place: Place) -> None:
    async def work(policies: Policies) -> None:
        await policies.renew(place.plan(says(ALLOWS), "this is no module"))
        with pytest.raises(OrchestratorError, match="never"):
            await judged(policies)
        (kept,) = place.events("policy.modules-kept")
        assert kept["problems"][0].startswith("/policy/modules/1/path: p1: ")

    run(place, place.plan(says(DENIES)), work)


@pytest.mark.requirement("OC-POLICY-4015")
def test_a_call_that_is_under_way_ends_with_the_module_that_it_began_with(place: Place) -> None:
    async def work(policies: Policies) -> None:
        begun = asyncio.create_task(judged(policies))
        await asyncio.sleep(0)
        await policies.renew(place.plan(says(ALLOWS)))
        with pytest.raises(OrchestratorError, match="never"):
            await begun
        assert await judged(policies) == SPEC

    run(place, place.plan(says(DENIES)), work)


def test_a_caller_that_goes_away_leaves_nothing_behind(place: Place) -> None:
    async def work(policies: Policies) -> None:
        asking = asyncio.create_task(judged(policies))
        await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    # Closing waits for the call, which its caller's going ends long before its ten minutes.
    run(place, place.plan(LOOP, limits=CallLimits(cpu_ms=600_000, wait_ms=60_000)), work)
