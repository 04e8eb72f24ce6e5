"""What is loaded and what is refused, with the place of its entry; what a module may import."""

from pathlib import Path

import pytest

from orchestratord.core.errors import ConfigurationError
from orchestratord.policy import ModulePlan, PolicyPlan
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.module import LARGEST_FILE

from .conftest import Ask, Open, Write, wat


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        PolicyHost(PolicyPlan((ModulePlan("p", path, "admission"),)))
    (problem,) = caught.value.problems
    assert problem.startswith("/policy/modules/0/path: p: ")
    return problem


@pytest.mark.requirement("OC-POLICY-4003")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no WebAssembly"),
        (b"(module)", "no WebAssembly"),
        (b"\0asm", "no WebAssembly"),
        (b"\0asm\x01\0\0\0\x7f\x7f", "no WebAssembly"),
        (b"\0asm" + bytes(LARGEST_FILE), "bytes"),
    ],
    ids=["nothing", "text", "cut", "garbage", "too large"],
)
def test_what_is_no_webassembly_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "module.wasm"
    path.write_bytes(data)
    assert why in refusal(path)


@pytest.mark.requirement("OC-POLICY-4003")
def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.wasm")
    assert "directory" in refusal(tmp_path)


@pytest.mark.requirement("OC-POLICY-4003")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(module)", "no memory named memory; it exports no oq_abi_version"),
        (wat().replace('"oq_admit"', '"oq_other"'), "exports no oq_admit"),
        (wat().replace('(export "oq_admit") (param $at i32) (param $length i32)',
                       '(export "oq_admit") (param $at i64) (param $length i32)'),
         "no function (i32, i32) -> (i64)"),
        (wat().replace('"memory")', '"memory2")'), "no memory"),
        (wat(version=""), "its own version"),
        (wat(version="a b"), "its own version"),
        (wat(more="(func $s unreachable)").replace("(memory", "(start $s) (memory", 1), "unreachable"),
        (wat(pages="300"), "memory"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(text: str, why: str, write: Write) -> None:
    assert why in refusal(write(text))


@pytest.mark.requirement("OC-POLICY-4002")
@pytest.mark.parametrize("version", [0, 65_537, 131_072, -1])
def test_another_version_of_the_abi_is_refused(version: int, write: Write) -> None:
    assert "of the ABI, and this is 1.0" in refusal(write(wat(abi=version)))


@pytest.mark.requirement("OC-POLICY-4010")
@pytest.mark.parametrize(
    "what",
    [
        '(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
        '(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))',
        '(import "orchqueue" "log" (func (param i32 i32 i32)))',
        '(import "env" "memory" (memory 1))',
    ],
)
def test_what_is_not_granted_is_refused_by_its_name(what: str, write: Write) -> None:
    module, name = what.split('"')[1:4:2]
    text = wat(more=what)
    if module == "env":
        text = text.replace('(memory (export "memory") 2)', "").replace("(func $says", "(func $says", 1)
        text = text.replace(what, f'{what} (export "memory" (memory 0))')
    assert f"it imports {module}.{name}" in refusal(write(text))


@pytest.mark.requirement("OC-POLICY-4010")
def test_a_grant_gives_nothing_beyond_it(write: Write) -> None:
    opens = '(import "wasi_snapshot_preview1" "path_open" (func (param i32) (result i32)))'
    plan = ModulePlan("p", write(wat(more=opens)), "admission", frozenset({"wasi"}))
    with pytest.raises(ConfigurationError, match="path_open"):
        PolicyHost(PolicyPlan((plan,)))


def test_every_error_is_told_at_once(write: Write, tmp_path: Path) -> None:
    files = [tmp_path / "none.wasm", write(wat()), write("(module)", "empty")]
    plans = [ModulePlan(path.stem, path, "admission") for path in files]
    with pytest.raises(ConfigurationError) as caught:
        PolicyHost(PolicyPlan(tuple(plans)))
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "/policy/modules/0/path",
        "/policy/modules/2/path",
    ]


WASI = """
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
"""


def demand(*conditions: str) -> str:
    return "".join(f"(if (i32.eqz {one}) (then unreachable))" for one in conditions) + "(call $says)"


@pytest.mark.requirement("OC-POLICY-4010")
def test_wasi_gives_the_time_of_the_snapshot_and_nothing_of_the_machine(ask: Ask) -> None:
    body = demand(
        "(i32.eqz (call $clock (i32.const 0) (i64.const 1) (i32.const 64)))",
        "(i64.eq (i64.load (i32.const 64)) (i64.const 1760000000000000000))",
        "(i32.eq (call $random (i32.const 64) (i32.const 8)) (i32.const 52))",
        "(i32.eqz (call $environ (i32.const 64) (i32.const 68)))",
        "(i64.eqz (i64.load (i32.const 64)))",
        "(i32.eq (call $prestat (i32.const 3) (i32.const 64)) (i32.const 8))",
        # A piece of 5 bytes at 128, written to the standard output.
        "(i32.eqz (call $write (i32.const 1) (i32.const 96) (i32.const 0) (i32.const 64)))",
        "(i32.eq (call $write (i32.const 7) (i32.const 96) (i32.const 0) (i32.const 64)) (i32.const 8))",
        # Pointers that lead nowhere are told, and harm nobody.
        "(i32.eq (call $clock (i32.const 0) (i64.const 1) (i32.const -4)) (i32.const 21))",
        "(i32.eq (call $write (i32.const 1) (i32.const -4) (i32.const -1) (i32.const 64)) (i32.const 21))",
    )
    decision = ask(wat(body, more=WASI), grants=frozenset({"wasi"}))
    assert (decision.verdict, decision.failure) == ("allow", None)


def test_a_module_that_exits_has_failed(ask: Ask) -> None:
    decision = ask(wat("(call $exit (i32.const 3)) (call $says)", more=WASI), grants=frozenset({"wasi"}))
    assert decision.failure == "it ended itself with code 3"


LOG = '(import "orchqueue" "log" (func $log (param i32 i32 i32)))'


def test_lines_of_a_module_are_bounded(ask: Ask) -> None:
    line = "(call $log (i32.const 2) (i32.const 1024) (i32.const 20000))"
    decision = ask(wat(line * 20 + "(call $says)", more=LOG), grants=frozenset({"log"}))
    assert [level for level, _ in decision.said] == ["warning"] * 8
    assert all(len(text) == 1024 for _, text in decision.said)
    assert decision.said[0][1].startswith('{"decision":"allow"}')


def test_a_line_out_of_memory_is_a_failure(ask: Ask) -> None:
    body = "(call $log (i32.const 9) (i32.const -2) (i32.const 8)) (call $says)"
    decision = ask(wat(body, more=LOG), grants=frozenset({"log"}))
    assert decision.failure == "the text that it logs is not in its memory"


@pytest.mark.requirement("OC-POLICY-4002")
def test_the_version_of_a_module_is_heard(open_host: Open) -> None:
    (module,) = open_host(wat(version="2.3.4-rc.1")).modules
    assert module.version == "2.3.4-rc.1"
    assert module.digest.startswith("sha256:")
