"""Modules as text, and a host that has loaded one of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from orchestratord.policy import CallLimits, ModulePlan, PolicyPlan
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience
from orchestratord.policy.verdict import Decision

SNAPSHOT = b'{"abi":"1.0","hook":"admission"}'
# So much that a call which needs next to nothing has it on a machine that gives it none for a while.
CPU_MS = 400
ALLOW = '{"decision":"allow"}'

Write = Callable[..., Path]
Open = Callable[..., PolicyHost]
Ask = Callable[..., Decision]


def wat(
    body: str = "(call $says)",
    says: str = ALLOW,
    more: str = "",
    abi: int = 65_536,
    version: str = "1.0.0",
    pages: str = "2",
) -> str:
    """The text of a module; `body` is that of `oq_admit`, `$says` gives the text `says`."""
    quoted = says.replace("\\", "\\\\").replace('"', '\\"')
    size = len(says.encode())
    return f"""(module {more}
      (memory (export "memory") {pages})
      (data (i32.const 8) "{version}")
      (data (i32.const 1024) "{quoted}")
      (func $says (result i64) (i64.const {1024 << 32 | size}))
      (func (export "oq_abi_version") (result i32) (i32.const {abi}))
      (func (export "oq_policy_version") (result i64) (i64.const {8 << 32 | len(version)}))
      (func (export "oq_alloc") (param i32) (result i32) (i32.const 65536))
      (func (export "oq_admit") (param $at i32) (param $length i32) (result i64) {body}))"""


def tool_wat(request: str = ALLOW, response: str = ALLOW, abi: int = 65_536, body: str = "") -> str:
    """The text of a module of the hook `tool` that gives these texts, after `body`."""
    functions, data = "", ""
    for at, (name, says) in enumerate((("oq_tool_request", request), ("oq_tool_response", response))):
        place = 4096 * (at + 1)
        quoted = says.replace("\\", "\\\\").replace('"', '\\"')
        data += f'(data (i32.const {place}) "{quoted}")'
        packed = place << 32 | len(says.encode())
        functions += f"""(func (export "{name}") (param $at i32) (param $length i32) (result i64)
          {body} (i64.const {packed}))"""
    version = f'(func (export "oq_tool_abi_version") (result i32) (i32.const {abi}))'
    return wat().replace("(func $says", f"{data} {version} {functions} (func $says", 1)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a module of its text; gives the file."""

    def write(text: str, name: str = "module") -> Path:
        path = tmp_path / f"{name}.wasm"
        path.write_bytes(wat2wasm(text))
        return path

    return write


@pytest.fixture
def open_host(write: Write) -> Iterator[Open]:
    """Load modules of their texts; options as of `ModulePlan`, `limits` as of `CallLimits`."""
    with ExitStack() as undo:

        def open_host(*texts: str, limits: dict[str, int] | None = None, **more: Any) -> PolicyHost:
            more = {"hook": "admission", **more}
            modules = [ModulePlan(f"p{n}", write(text, f"p{n}"), **more) for n, text in enumerate(texts)]
            host = PolicyHost(
                PolicyPlan(
                    tuple(modules), CallLimits(**{"cpu_ms": CPU_MS, "wait_ms": 20_000, **(limits or {})})
                )
            )
            undo.callback(host.close)
            return host

        yield open_host


@pytest.fixture
def ask(open_host: Open) -> Ask:
    """Load a module of its text and ask it once."""

    def ask(text: str, *, snapshot: bytes = SNAPSHOT, **more: Any) -> Decision:
        return decide(open_host(text, **more), snapshot)

    return ask


def decide(host: PolicyHost, snapshot: bytes = SNAPSHOT, patience: Patience | None = None) -> Decision:
    """Ask the first module of a host."""
    return host.admission(
        host.modules[0],
        snapshot,
        patience or Patience(),
        correlation_id="c-1",
        asked="interactive",
        now_ms=1_760_000_000_000,
    )
