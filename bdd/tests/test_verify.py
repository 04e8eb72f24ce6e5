"""The command from end to end: the small suite against the small server, judged, with reports written."""

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchqueue.kit import CommandTarget
from orchqueue.verify import session
from orchqueue.verify.commands import verify
from orchqueue.verify.errors import SelectionError, VerifyError
from orchqueue.verify.runspec import RunSpec, TargetKind, TargetSpec
from orchqueue.verify.session import RunInfo, Session
from orchqueue.verify.verdicts import Summary, Verdict
from orchqueue_contract.requirement_ids import REQUIREMENTS

Spec = Callable[..., RunSpec]
PYTHON = shlex.quote(sys.executable)
UNPARSABLE = 'pool_ready{pool_id="default"} 1\npool_ready{ 1\n'


def make(spec: RunSpec, root: Path, **changes: object) -> tuple[Summary, RunInfo]:
    return session.make(Session(spec, root, **changes), lambda _: None)  # type: ignore[arg-type]


def verdicts(summary: Summary) -> dict[str, Verdict]:
    return {each.requirement.id: each.verdict for each in summary.judgements}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, make_spec: Spec) -> tuple[Summary, Path]:
    root = tmp_path_factory.mktemp("tree")
    return make(make_spec(root / "build/run"), root)[0], root


@pytest.mark.requirement("OC-TEST-7011")
def test_every_requirement_has_one_verdict(whole: tuple[Summary, Path]) -> None:
    summary, _ = whole
    assert list(verdicts(summary)) == sorted(REQUIREMENTS)
    assert summary.counts.total() == len(REQUIREMENTS)
    assert summary.exit_code == 1


def test_each_fault_is_laid_to_the_requirements_concerned(whole: tuple[Summary, Path]) -> None:
    judged = {each.requirement.id: each for each in whole[0].judgements}
    assert judged["OC-CTRL-2052"].verdict is Verdict.FAIL
    failed = [check for check in judged["OC-CTRL-2052"].checks if check.outcome == "fail"]
    assert {check.kind for check in failed} == {"behave", "provider"}
    assert judged["OC-CTRL-2071"].verdict is Verdict.NOT_TESTABLE
    assert "nonesuch" in judged["OC-CTRL-2071"].reason
    assert judged["OC-METRICS-7105"].verdict is Verdict.FAIL
    assert judged["OC-TEST-7011"].verdict is Verdict.PROJECT


def test_what_could_look_green_unchecked_is_a_problem(whole: tuple[Summary, Path]) -> None:
    problems = "\n".join(whole[0].problems)
    for said in ("was skipped: not today", "no step matches", "it stays", "revision 0000 of OC-CTRL-2052"):
        assert said in problems


def test_what_was_observed_is_left_for_the_trace(whole: tuple[Summary, Path]) -> None:
    observed = json.loads((whole[1] / "build/observed.json").read_text())
    assert observed["profiles"] == ["core"]
    assert {"operation": "x-transport-responses", "status": 404} in [
        {key: each[key] for key in ("operation", "status")} for each in observed["observed"]
    ]


def test_a_second_run_leaves_nothing_of_the_first(make_spec: Spec, tmp_path: Path) -> None:
    stray = tmp_path / "build/run/behave.jsonl"
    stray.parent.mkdir(parents=True)
    stray.write_text("not a record\n")
    summary, info = make(make_spec(tmp_path / "build/run", smoke=True), tmp_path)
    assert info.scenarios == 1
    assert verdicts(summary) == {"OC-CTRL-2010": Verdict.PASS}
    assert summary.exit_code == 0


def test_an_unparsable_scrape_turns_the_exit_code(make_spec: Spec, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    (suite / "features").mkdir(parents=True)
    (suite / "steps").mkdir()
    (suite / "features/a.feature").write_text(
        '@OC-CTRL-2010\nFeature: a\n  Scenario: b\n    Given the server "standard"\n    Then it is scraped\n'
    )
    (suite / "steps/steps.py").write_text(
        "from behave import given, then\n"
        "@given('the server \"{name}\"')\ndef use(context, name): context.world.use(name)\n"
        "@then('it is scraped')\ndef scrape(context): context.world.scrape_text()\n"
    )
    spec = make_spec(tmp_path / "build/run", suite=str(suite), features=("a.feature",))
    assert make(spec, tmp_path)[0].exit_code == 0
    options = ("--page", UNPARSABLE)
    broken = make_spec(tmp_path / "build/run", options, suite=spec.suite, features=spec.features)
    summary, _ = make(broken, tmp_path)
    assert "does not parse" in summary.problems[0]
    assert summary.exit_code == 1


def test_an_empty_run_turns_the_exit_code(make_spec: Spec, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    (suite / "features").mkdir(parents=True)
    (suite / "steps").mkdir()
    summary, _ = make(make_spec(tmp_path / "build/run", suite=str(suite)), tmp_path)
    assert summary.problems == ("no scenario ran",)
    assert summary.exit_code == 1


def test_a_baseline_excuses_and_goes_stale(make_spec: Spec, tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text("expected_fail: {OC-CTRL-2010: later, OC-CTRL-2052: later}")
    spec = make_spec(tmp_path / "build/run", only=("features/shop/outcomes.feature:13",), smoke=False)
    spec = replace(spec, features=("shop/outcomes.feature",))
    summary, _ = make(spec, tmp_path, baseline=path)
    assert verdicts(summary) == {"OC-CTRL-2010": Verdict.EXPECTED_FAIL, "OC-CTRL-2052": Verdict.EXPECTED_FAIL}
    smoke = make_spec(tmp_path / "build/run", smoke=True)
    summary, _ = make(smoke, tmp_path, baseline=path)
    assert [each.stale for each in summary.judgements] == [True]
    assert summary.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--requirement", "OC-CTRL-9999"], 2, "no spec has OC-CTRL-9999"),
        (["--profile", "telepathy"], 2, "no requirement has the profile telepathy"),
        (["--url", "http://127.0.0.1:9", "--target-cmd", "x {config}"], 2, "give one of"),
        (["--engine-listen", "127.0.0.1:1"], 2, "go with --url"),
        (["--url", "http://127.0.0.1:9", "--engine-listen", "nowhere"], 2, "is not HOST:PORT"),
        (["--url", "http://127.0.0.1:9", "--api-key", "k"], 2, "the target cannot be judged"),
        (
            ["--target-cmd", f"{PYTHON} -c '' {{config}}"],
            2,
            "the target cannot be judged",
        ),
        (["--target-cmd", "no-config-here"], 2, "has no {config} in it"),
        (["--baseline", "nowhere.yaml"], 2, "cannot be read"),
    ],
)
def test_a_run_that_cannot_be_made_says_why(
    arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(verify, [*arguments, "--root", str(tmp_path), "--seed", "1"])
    # What the command raises, `orchqueue` prints as `error: …` and turns into its exit code.
    raised = result.exception if isinstance(result.exception, VerifyError | SelectionError) else None
    assert (raised.exit_code if raised else result.exit_code) == code
    assert said in (str(raised) if raised else result.output)


def test_reports_are_written_and_json_is_printed(tmp_path: Path, server_command: Callable[..., str]) -> None:
    command = ["--target-cmd", server_command(), "--root", str(tmp_path), "--json", "--seed", "1", "-j", "1"]
    result = CliRunner().invoke(verify, [*command, "--requirement", "OC-CTRL-2062", "--profile", "ops"])
    assert result.exit_code == 1, result.output
    printed = json.loads(result.stdout)
    assert [each["id"] for each in printed["requirements"]] == ["OC-CTRL-2062"]
    assert printed["exit_code"] == 1
    written = sorted(path.name for path in (tmp_path / "build/report").iterdir())
    assert written == [
        "conformance.yaml",
        "ctrf.json",
        "index.html",
        "junit.xml",
        "results.jsonl",
        "sarif.json",
    ]


def test_an_attached_server_is_judged_as_it_is(
    tmp_path: Path, make_spec: Spec, server_command: Callable[..., str]
) -> None:
    server = CommandTarget(server_command(), tmp_path).launch({}, "theirs")
    try:
        target = TargetSpec(TargetKind.ATTACHED, url=server.url)
        spec = replace(make_spec(tmp_path / "build/run"), target=target)
        summary, info = make(spec, tmp_path, lenient=True, env={"ORCHQUEUE_API_KEY": "k"})
    finally:
        server.stop()
    assert info.target == server.url
    own = next(each for each in summary.judgements if each.requirement.id == "OC-CTRL-2071")
    assert own.verdict is Verdict.NOT_TESTABLE
    assert own not in summary.failures
