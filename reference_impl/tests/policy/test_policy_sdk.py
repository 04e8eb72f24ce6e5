"""The SDK says what the ABI says, and the ABI does not move without its version."""

import json
import runpy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from wasmtime import Engine, Module

from orchestratord.policy import CallLimits, Hook, ModulePlan, PolicyPlan
from orchestratord.policy import verdict as verdicts
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience
from orchestratord.policy.verdict import read_admission

ROOT = Path(__file__).parents[3]
SDK = ROOT / "reference_impl/policy_sdk"
CHECK = ROOT / "ci/scripts/check_abi"
ASSEMBLY = "assemblyscript/assembly"
RELEASE = "released/1.0-tools-1.0.yaml"

Edit = tuple[str, str, str]


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., str]:
    """Edit a copy of the SDK (file, what stands there, what shall), and give what the check says of it."""

    def check(*edits: Edit, notes: str = "", release: str = "") -> str:
        folder = tmp_path / "sdk"
        shutil.copytree(SDK, folder, ignore=shutil.ignore_patterns("node_modules", "*.wasm"))
        for name, old, new in edits:
            text = (folder / name).read_text()
            assert old in text
            (folder / name).write_text(text.replace(old, new))
        (folder / "MIGRATION.md").write_text((folder / "MIGRATION.md").read_text() + notes)
        if release:
            shutil.copyfile(folder / "abi.yaml", folder / "released" / release)
        return "\n".join(runpy.run_path(str(CHECK))["problems"](folder))

    return check


@pytest.mark.requirement("OC-POLICY-SDK-4101")
def test_the_sdk_agrees_with_its_abi(check: Callable[..., str]) -> None:
    assert check() == ""


BREAKS, ADDS = "needs version 2.0", "needs version 1.1"
ADMIT = "oq_admit: {parameters: [i32, i32], results: [i64]}"


@pytest.mark.requirement("OC-POLICY-SDK-4101")
@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("abi.yaml", ADMIT, "oq_admit: {parameters: [i32], results: [i64]}"), BREAKS),
        (("abi.yaml", ADMIT, f"{ADMIT}\n    oq_more: {{parameters: [], results: []}}"), BREAKS),
        (("abi.yaml", "tenant, key_id, task", "tenant, task"), BREAKS),
        (("abi.yaml", "[decision, \"reason?\", \"priority?\"", "[decision, reason, \"priority?\""), BREAKS),
        (("abi.yaml", "tenant, key_id, task", "tenant, key_id, region, task"), ADDS),
        (("abi.yaml", "_initialize:", "_more: {parameters: [], results: []}\n  _initialize:"), ADDS),
        (("abi.yaml", "response: [status, type", "response: [status"), "needs tool_version 2.0"),
        (("abi.yaml", "host, port, type", "host, port, user, type"), "needs tool_version 1.1"),
        (("abi.yaml", 'version: "1.0"\ntool', 'version: "1.1"\ntool'), "1.1-tools-1.0.yaml is not there"),
        ((RELEASE, "slots_free", "slots_left"), "a release is kept as it was"),
        (("c/orchqueue_policy.h", 'int64_t oq_admit(const char *at, size_t length)',
          'int64_t oq_admit(const char *at)'), "the C header has oq_admit"),
        (("c/orchqueue_policy.h", "#define OQ_ABI_MINOR 0", "#define OQ_ABI_MINOR 1"), "the C header is of"),
        ((f"{ASSEMBLY}/night_batch.ts", "length: i32): i64", "length: i64): i64"), "package has oq_admit"),
        ((f"{ASSEMBLY}/index.ts", "const ABI_MAJOR: i32 = 1", "const ABI_MAJOR: i32 = 2"), "package is of"),
    ],
)  # fmt: skip
def test_what_moves_without_its_version_is_found(edit: Edit, told: str, check: Callable[..., str]) -> None:
    assert told in check(edit)


NEXT: tuple[Edit, ...] = (
    ("abi.yaml", 'version: "1.0"\ntool', 'version: "2.0"\ntool'),
    ("abi.yaml", "tenant, key_id, task", "tenant, task"),
)


@pytest.mark.requirement("OC-POLICY-SDK-4102")
def test_a_major_without_notes_is_found(check: Callable[..., str]) -> None:
    assert "MIGRATION.md has no section `## 2.0`" in check(*NEXT, release="2.0-tools-1.0.yaml")


@pytest.mark.requirement("OC-POLICY-SDK-4102")
def test_a_major_with_notes_asks_only_for_who_declares_it(check: Callable[..., str]) -> None:
    told = check(*NEXT, release="2.0-tools-1.0.yaml", notes="\n## 2.0\n\n`key_id` is gone.\n")
    assert "MIGRATION" not in told
    assert "needs version" not in told
    assert {line.split(" is of ")[0] for line in told.splitlines()} == {
        "the C header",
        "the AssemblyScript package",
        "the host",
    }


@pytest.mark.requirement("OC-POLICY-SDK-4110")
def test_nothing_is_imported_by_default() -> None:
    header = (SDK / "c/orchqueue_policy.h").read_text()
    before, granted = header.split("#ifdef OQ_GRANT_LOG")
    assert "import_module" not in before
    inside, after = granted.split("#endif", 1)
    assert "import_module" in inside
    assert "import_module" not in after
    sources = {path.name: path.read_text() for path in (SDK / ASSEMBLY).glob("*.ts")}
    importing = [name for name, text in sources.items() if "@external" in text or "declare function" in text]
    assert importing == ["grants.ts"]
    assert not [name for name, text in sources.items() if '"./grants"' in text]
    assert '"abort=assembly/index/failed"' in (SDK / "assemblyscript/asconfig.json").read_text()

    for name in ("quiet_tools", "night_batch"):
        assert not Module.from_file(Engine(), str(SDK / ASSEMBLY / f"{name}.wasm")).imports


NOON = 1_760_011_200_000
PATIENT = CallLimits(cpu_ms=1_000, wait_ms=20_000)


@contextmanager
def asked(name: str, hook: Hook) -> Iterator[PolicyHost]:
    """An example of the package, as it is built there."""
    plan = ModulePlan("p", SDK / ASSEMBLY / f"{name}.wasm", hook)
    host = PolicyHost(PolicyPlan((plan,), PATIENT))
    try:
        yield host
    finally:
        host.close()


@pytest.mark.requirement("OC-POLICY-SDK-4111")
@pytest.mark.parametrize(
    ("tenant", "model", "verdict", "reason"),
    [
        ("default", "m", "allow", None),
        ("default", 'a "retired" one \u00fc\n', "allow", None),
        ("night", "m", "change", None),
        ("default", "retired", "deny", 'the model "retired" is served to nobody'),
    ],
)
def test_typed_members_are_read_and_the_correlation_id_is_passed(
    tenant: str, model: str, verdict: str, reason: str | None
) -> None:
    correlation_id = 'c-"1"\\'
    snapshot = {"correlation_id": correlation_id, "tenant": tenant, "task": {"inputs": 1, "model_ref": model}}
    given: list[bytes] = []
    with asked("night_batch", "admission") as host, pytest.MonkeyPatch.context() as patch:
        real = read_admission
        patch.setattr(verdicts, "read_admission", lambda text, *more: given.append(text) or real(text, *more))
        decision = host.admission(
            host.modules[0],
            json.dumps(snapshot).encode(),
            Patience(),
            correlation_id=correlation_id,
            asked="interactive",
            now_ms=NOON,
        )
    assert (decision.verdict, decision.reason) == (verdict, reason), decision.failure
    assert json.loads(given[0])["correlation_id"] == correlation_id


@pytest.mark.requirement("OC-POLICY-SDK-4112")
@pytest.mark.parametrize(
    ("body", "redacted"),
    [
        ("nothing", set()),
        ('a "sk-abc_1", sk-\u00e4 and sk-abc_1 \\ sk-x', {"sk-abc_1", "sk-", "sk-x"}),
    ],
)
def test_what_begins_so_is_taken_out(body: str, redacted: set[str]) -> None:
    snapshot = {"correlation_id": "c", "response": {"status": 200, "body": body}}
    with asked("quiet_tools", "tool") as host:
        decision = host.tool(
            host.modules[0],
            "tool_response",
            json.dumps(snapshot).encode(),
            Patience(),
            correlation_id="c",
            now_ms=NOON,
        )
    assert set(decision.redact) == redacted, decision.failure
