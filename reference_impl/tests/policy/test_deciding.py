"""What a module is told, what it decides, and that nothing is carried over."""

import json

import pytest

from orchestratord.core.guards import Size, estimated_size
from orchestratord.core.tasks import TaskSpec
from orchestratord.policy.snapshot import Asker, PoolFacts, admission

from .conftest import SNAPSHOT, Ask, Open, decide, wat

ECHO = wat(
    """(if (i32.ne (local.get $length) (i32.const {size})) (then unreachable))
       (if (i64.ne (i64.load (local.get $at)) (i64.load (i32.const 2048))) (then unreachable))
       (call $says)""".replace("{size}", str(len(SNAPSHOT))),
).replace("(func $says", '(data (i32.const 2048) "{\\"abi\\":\\"") (func $says', 1)


@pytest.mark.requirement("OC-POLICY-4001")
def test_a_module_has_the_snapshot_in_its_memory(ask: Ask) -> None:
    assert ask(ECHO).verdict == "allow"
    assert ask(ECHO, snapshot=SNAPSHOT + b" ").verdict == "fail"


@pytest.mark.requirement("OC-POLICY-4001")
def test_nothing_is_carried_over(open_host: Open) -> None:
    count = """(global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 1)))
      (if (i32.ne (i32.add (global.get $n) (i32.load (i32.const 4096))) (i32.const 2)) (then unreachable))
      (call $says)"""
    host = open_host(wat(count, more="").replace("(memory", "(global $n (mut i32) (i32.const 0)) (memory", 1))
    assert [decide(host).verdict for _ in range(3)] == ["allow"] * 3


@pytest.mark.parametrize(
    ("says", "verdict", "reason", "priority"),
    [
        ('{"decision":"allow"}', "allow", None, None),
        ('{"decision":"allow","correlation_id":"c-1"}', "allow", None, None),
        ('{"decision":"allow","priority":"interactive"}', "allow", None, None),
        ('{"decision":"allow","priority":"batch"}', "change", None, "batch"),
        ('{"decision":"deny","reason":"no \\u00e9ntry"}', "deny", "no éntry", None),
    ],
)
def test_decisions(says: str, verdict: str, reason: str | None, priority: str | None, ask: Ask) -> None:
    decision = ask(wat(says=says))
    assert (decision.verdict, decision.reason, decision.priority) == (verdict, reason, priority)
    assert decision.denied == (verdict == "deny")


def test_a_reactor_is_initialised_before_it_is_asked(ask: Ask) -> None:
    body = "(if (i32.ne (i32.load (i32.const 4096)) (i32.const 7)) (then unreachable)) (call $says)"
    init = '(func (export "_initialize") (i32.store (i32.const 4096) (i32.const 7))) (func $says'
    assert ask(wat(body).replace("(func $says", init, 1)).verdict == "allow"


def test_a_snapshot_tells_no_text_and_no_key() -> None:
    spec = TaskSpec(
        "t", "s", "rerank", "m", "vllm", 0, "batch", 5, max_queue_ms=3, prompt="secret", inputs=("a", "b")
    )
    pools = [PoolFacts("p", "vllm", True, 3, 4, 1)]
    told = json.loads(admission(spec, estimated_size(spec), Asker("t1", "k1", "c"), pools, 17))
    assert "secret" not in json.dumps(told)
    assert told["task"] == {
        "task_id": "t",
        "session_id": "s",
        "workload": "rerank",
        "model_ref": "m",
        "engine": "vllm",
        "ctx": 0,
        "priority": "batch",
        "deadline_ms": 5,
        "tokens_in": estimated_size(spec).tokens_in,
        "max_tokens": 0,
        "inputs": 2,
        "max_queue_ms": 3,
    }
    assert told["pools"] == [
        {"id": "p", "engine": "vllm", "ready": True, "queue_depth": 3, "slots": 4, "slots_free": 1}
    ]
    assert (told["tenant"], told["key_id"], told["correlation_id"], told["now_ms"]) == ("t1", "k1", "c", 17)
    assert isinstance(estimated_size(spec), Size)
