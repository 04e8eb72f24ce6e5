"""Modules that do harm: each is stopped, says why, and the next call is as if it had not been."""

import threading
import time

import pytest

from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience

from .conftest import ALLOW, Ask, Open, decide, wat

MISDEEDS = {
    "an endless loop": (wat("(loop $l (br $l)) (call $says)"), "instructions|time"),
    "a loop that fills memory": (
        wat(
            "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072)) (br $l)) (call $says)"
        ),
        "instructions|time",
    ),
    "an endless start": (
        wat(more="", body="(call $says)").replace(
            "(memory", "(func $s (loop $l (br $l))) (start $s) (memory", 1
        ),
        "instructions|time",
    ),
    "endless recursion": (
        wat("(drop (call $deep (local.get $at))) (call $says)").replace(
            "(func $says",
            "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))"
            " (func $says",
        ),
        "stack",
    ),
    "memory that is refused": (
        wat("(if (i32.eq (memory.grow (i32.const 300)) (i32.const -1)) (then unreachable)) (call $says)"),
        "unreachable",
    ),
    "a read out of memory": (wat("(i64.load (i32.const -9))"), "out of its memory"),
    "a text that begins out of memory": (wat(f"(i64.const {0xFFFF_FFF0 << 32 | 8})"), "not in its memory"),
    "a text that ends out of memory": (wat(f"(i64.const {131_064 << 32 | 16})"), "not in its memory"),
    "a text of gigabytes": (wat("(i64.const 0xffffffff)"), "4294967295 bytes"),
    "no text": (wat("(i64.const 0)"), "none"),
    "a trap": (wat("unreachable"), "unreachable"),
    "a division by zero": (
        wat("(i64.div_u (i64.const 1) (i64.extend_i32_u (i32.sub (local.get $at) (local.get $at))))"),
        "division",
    ),
    "no room for the snapshot": (
        wat().replace('"oq_alloc") (param i32) (result i32) (i32.const 65536)',
                      '"oq_alloc") (param i32) (result i32) (i32.const 0)'),
        "no room",
    ),
    "room out of memory": (
        wat().replace('"oq_alloc") (param i32) (result i32) (i32.const 65536)',
                      '"oq_alloc") (param i32) (result i32) (i32.const -8)'),
        "room that it gives",
    ),
    "no JSON": (wat(says="yes"), "none"),
    "no UTF-8": (wat("(i64.const 0x1000000000004)"), "none"),
    "deep JSON": (wat(says="[" * 9000), "none"),
    "an unknown verdict": (wat(says='{"decision":"maybe"}'), "none"),
    "an unknown member": (wat(says='{"decision":"allow","fee":1}'), "fee"),
    "a denial without reason": (wat(says='{"decision":"deny"}'), "reason"),
    "a denial with a priority": (
        wat(says='{"decision":"deny","reason":"no","priority":"batch"}'), "no priority",
    ),
    "a reason that is too long": (wat(says='{"decision":"deny","reason":"' + "x" * 257 + '"}'), "256"),
    "another request's decision": (wat(says='{"decision":"allow","correlation_id":"c-2"}'), "another"),
}  # fmt: skip


@pytest.mark.requirement("OC-POLICY-4011")
@pytest.mark.parametrize("misdeed", [name for name in MISDEEDS if name != "an endless start"])
def test_a_call_that_does_harm_fails_and_the_next_does_not(misdeed: str, open_host: Open) -> None:
    text, why = MISDEEDS[misdeed]
    limits = {"cpu_ms": 20} if "time" in why else {}
    host = open_host(text, wat(says=ALLOW), limits=limits)
    decision = decide(host)
    assert decision.verdict == "fail"
    assert any(part in (decision.failure or "") for part in why.split("|")), decision.failure
    host.modules = host.modules[::-1]
    take_time(host)
    assert decide(host).verdict == "allow"


def take_time(host: PolicyHost) -> None:
    """Give calls from now on so much time that they have enough on a machine however busy."""
    host._sandbox._meter._cpu_s = 60.0


@pytest.mark.requirement("OC-POLICY-4012")
@pytest.mark.parametrize("denies", [True, False])
def test_what_fails_is_decided_as_configured(denies: bool, ask: Ask) -> None:
    decision = ask(wat("unreachable"), denies_on_failure=denies)
    assert (decision.verdict, decision.denied) == ("fail", denies)
    assert (decision.reason is not None) == denies


@pytest.mark.requirement("OC-POLICY-4011")
def test_memory_may_grow_to_its_bound_and_no_further(ask: Ask) -> None:
    grow = "(if (i32.{what} (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) (call $says)"
    limits = {"memory_bytes": 3 * 65_536}
    assert ask(wat(grow.format(what="eq")), limits=limits).verdict == "allow"
    assert ask(wat(grow.format(what="ne"), pages="3"), limits=limits).verdict == "allow"


@pytest.mark.requirement("OC-POLICY-4013")
def test_a_call_that_nobody_waits_for_is_stopped(open_host: Open) -> None:
    # So much of both that neither its instructions nor its time is why it ends.
    host = open_host(wat("(loop $l (br $l)) (call $says)"), limits={"cpu_ms": 60_000})
    patience = Patience()

    def leave() -> None:
        """Wait for it no longer, once it runs."""
        while host._sandbox._meter._patience is None:
            time.sleep(0.001)
        patience.over = True

    leaving = threading.Thread(target=leave)
    leaving.start()
    began = time.thread_time()
    decision = decide(host, patience=patience)
    leaving.join()
    assert decision.verdict == "fail"
    assert "time" in (decision.failure or "")
    assert time.thread_time() - began < 50


@pytest.mark.requirement("OC-POLICY-4013")
def test_a_call_that_nobody_waits_for_any_more_is_not_begun(open_host: Open) -> None:
    patience = Patience()
    patience.over = True
    assert "nobody waits" in (decide(open_host(wat()), patience=patience).failure or "")


def test_interrupting_one_call_leaves_the_next_alone(open_host: Open) -> None:
    host = open_host(wat("(loop $l (br $l)) (call $says)"), wat(), limits={"cpu_ms": 20})
    loop, plain = host.modules
    for _ in range(3):
        host.modules = (loop,)
        host._sandbox._meter._cpu_s = 0.002
        assert decide(host).verdict == "fail"
        host.modules = (plain,)
        take_time(host)
        assert decide(host).verdict == "allow"
