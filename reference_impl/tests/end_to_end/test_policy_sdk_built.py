"""The SDK in use: its examples, built by the compilers that its guide names, asked by the host."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestratord.core.errors import ConfigurationError
from orchestratord.policy import CallLimits, Hook, ModulePlan, PolicyPlan
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience
from orchestratord.policy.verdict import Decision

ROOT = Path(__file__).parents[3]
SDK = ROOT / "reference_impl/policy_sdk"
ASC = ROOT / "build/asc/node_modules/.bin/asc"
NOON = 1_760_011_200_000  # 2025-10-09, 12:00 UTC
PATIENT = CallLimits(cpu_ms=1_000, wait_ms=20_000)


def c(source: Path, target: Path, *options: str) -> Path:
    """Build a policy in C, as the guide says."""
    command = ["clang", "--target=wasm32-wasi", "-mexec-model=reactor", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, *options, "-I", SDK / "c", "-o", target, source], check=True)
    return target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All examples."""
    folder = tmp_path_factory.mktemp("policies")
    made = {path.stem: c(path, folder / f"{path.stem}.wasm") for path in (SDK / "c").glob("*.c")}
    for name in ("quiet_tools", "night_batch"):
        target = folder / f"{name}.wasm"
        command = [ASC, f"assembly/{name}.ts", "--target", "release", "--outFile", target]
        subprocess.run(command, check=True, cwd=SDK / "assemblyscript")
        made[name] = target
    return made


def host(path: Path, hook: Hook, *grants: Any) -> PolicyHost:
    return PolicyHost(PolicyPlan((ModulePlan("p", path, hook, frozenset(grants)),), PATIENT))


def admit(path: Path, *, tenant: str = "default", now_ms: int = NOON, **task: Any) -> Decision:
    """Ask a policy about a task."""
    told = {"model_ref": "m", "priority": "interactive", "max_tokens": 16, "inputs": 1, **task}
    snapshot = {"abi": "1.0", "hook": "admission", "correlation_id": 'c-"1"\\', "now_ms": now_ms}
    snapshot |= {"tenant": tenant, "key_id": "k", "task": told, "pools": [{"id": "a", "ready": True}]}
    with_host = host(path, "admission")
    try:
        return with_host.admission(
            with_host.modules[0],
            json.dumps(snapshot, separators=(",", ":")).encode(),
            Patience(),
            correlation_id=str(snapshot["correlation_id"]),
            asked=told["priority"],
            now_ms=now_ms,
        )
    finally:
        with_host.close()


def tool(path: Path, step: Any, **part: Any) -> Decision:
    """Ask a policy about what a tool sends or gets."""
    snapshot = {"abi": "1.0", "tool_abi": "1.0", "hook": step, "correlation_id": "c-1", "now_ms": NOON}
    snapshot |= {"tool": "t", step.removeprefix("tool_"): part}
    with_host = host(path, "tool")
    try:
        text = json.dumps(snapshot).encode()
        return with_host.tool(with_host.modules[0], step, text, Patience(), correlation_id="c-1", now_ms=NOON)
    finally:
        with_host.close()


def told(decision: Decision) -> tuple[str, str | None]:
    return decision.verdict, decision.reason or decision.failure or decision.priority


def test_office_hours(built: dict[str, Path]) -> None:
    path, night = built["office_hours"], NOON + 9 * 3_600_000
    assert told(admit(path)) == ("allow", None)
    refused = ("deny", "large batch tasks run from 18:00 to 8:00 UTC")
    assert told(admit(path, priority="batch", max_tokens=2049)) == refused
    assert told(admit(path, priority="batch", max_tokens=2048)) == ("allow", None)
    assert told(admit(path, priority="batch", max_tokens=2049, now_ms=night)) == ("allow", None)
    assert told(admit(path, tenant="reporting")) == ("change", "batch")


def test_night_batch(built: dict[str, Path]) -> None:
    path = built["night_batch"]
    assert told(admit(path)) == ("allow", None)
    assert told(admit(path, tenant="night")) == ("change", "batch")
    assert told(admit(path, model_ref="retired")) == ("deny", 'the model "retired" is served to nobody')
    assert told(admit(path, model_ref='a "retired" one \u00fc\n')) == ("allow", None)


BODY = 'a "sk-abc_1", sk-\u00e4 and sk-abc_1 \\ sk-x'


@pytest.mark.parametrize("name", ["no_secrets", "quiet_tools"])
def test_policies_for_tools(name: str, built: dict[str, Path]) -> None:
    path = built[name]
    assert told(tool(path, "tool_request", method="GET", body="")) == ("allow", None)
    assert told(tool(path, "tool_request", method="POST", body="x")) == (
        "deny",
        "tools read, and write nothing",
    )
    found = tool(path, "tool_response", status=200, type="text/plain", body=BODY)
    assert found.verdict == "change", found.failure
    assert set(found.redact) == {"sk-abc_1", "sk-", "sk-x"}
    assert told(tool(path, "tool_response", status=200, type="text/plain", body="nothing")) == ("allow", None)
    assert told(tool(path, "tool_response", status=200, type="image/png", body=None)) == ("allow", None)


CHATTY = """
#define OQ_POLICY_VERSION "0.1"
#define OQ_GRANT_LOG
#include "orchqueue_policy.h"
#include <stdio.h>
oq_decision oq_on_admit(const oq_snapshot *s) {
    (void)s;
    oq_log(OQ_WARNING, "hello");
    printf("to nobody\\n");
    return oq_allow();
}
"""


def test_a_c_library_runs_with_what_it_is_granted(tmp_path: Path) -> None:
    source = tmp_path / "chatty.c"
    source.write_text(CHATTY)
    path = c(source, tmp_path / "chatty.wasm")
    with pytest.raises(ConfigurationError, match=r"orchqueue\.log"):
        host(path, "admission", "wasi")
    with pytest.raises(ConfigurationError, match=r"wasi_snapshot_preview1\.fd_write"):
        host(path, "admission", "log")
    both = host(path, "admission", "wasi", "log")
    decision = both.admission(
        both.modules[0],
        b'{"correlation_id":"c"}',
        Patience(),
        correlation_id="c",
        asked="batch",
        now_ms=NOON,
    )
    both.close()
    assert (decision.verdict, decision.said) == ("allow", (("warning", "hello"),))


BOMB = """
#define OQ_POLICY_VERSION "0.1"
#include "orchqueue_policy.h"
oq_decision oq_on_admit(const oq_snapshot *s) {
    (void)s;
    for (;;) {
        char *room = malloc(1 << 20);
        if (room == NULL) __builtin_trap();
        memset(room, 1, 1 << 20);
    }
}
"""


def test_a_c_program_that_takes_all_memory_fails(tmp_path: Path) -> None:
    source = tmp_path / "bomb.c"
    source.write_text(BOMB)
    decision = admit(c(source, tmp_path / "bomb.wasm"))
    assert decision.verdict == "fail"


@pytest.mark.parametrize("name", ["quiet_tools", "night_batch"])
def test_what_is_kept_of_the_package_is_what_it_builds(name: str, built: dict[str, Path]) -> None:
    kept = SDK / f"assemblyscript/assembly/{name}.wasm"
    assert kept.read_bytes() == built[name].read_bytes(), f"build {kept.name} anew, as the guide says"
