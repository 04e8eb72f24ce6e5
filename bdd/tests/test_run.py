"""Runs the small suite in processes of its own, as `orchqueue verify` does, and reads what they left."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import evidence, features
from orchqueue.verify.errors import VerifyError
from orchqueue.verify.evidence import Outcome, ScenarioRecord
from orchqueue.verify.runspec import RunSpec

Spec = Callable[..., RunSpec]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def told(out: Path, make_spec: Spec) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    features.run(make_spec(out, jobs=2), said.append, {})
    return said


@pytest.fixture(scope="module")
def run(out: Path, told: list[dict[str, Any]]) -> dict[str, ScenarioRecord]:
    return {scenario.name: scenario for scenario in evidence.scenarios(out)}


OUTCOMES = {
    "passes": (Outcome.PASS, ""),
    "fails": (Outcome.FAIL, "Then the answer is 200: expected 200, got 404"),
    "cannot be tested": (Outcome.NOT_TESTABLE, "the moon is not full"),
    "skips itself": (Outcome.SKIPPED, "not today"),
    "has an undefined line": (Outcome.ERROR, "no step matches: When nobody has written this line"),
    "has an ambiguous line": (Outcome.ERROR, "steps match '\"/metrics\" is read twice'"),
    "has a line too few": (
        Outcome.ERROR,
        "Then the answer is 200: no earlier line of the scenario has left 'answer' for this one",
    ),
    "goes wrong": (Outcome.FAIL, "When a step breaks: RuntimeError: a step broke"),
    "leaves a mess": (Outcome.ERROR, "clearing up: RuntimeError: it stays"),
    "is an outline -- @1.1 ": (Outcome.PASS, ""),
    "is an outline -- @1.2 ": (Outcome.PASS, ""),
    "passes on a server of its own": (Outcome.PASS, ""),
    "asks for a server that nobody has described": (
        Outcome.NOT_TESTABLE,
        'there is no configuration "nonesuch"',
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(name: str, run: dict[str, ScenarioRecord]) -> None:
    outcome, said = OUTCOMES[name]
    assert run[name].status is outcome
    assert said in run[name].message


def test_every_scenario_is_on_record_once(out: Path, run: dict[str, ScenarioRecord]) -> None:
    assert sorted(run) == sorted(OUTCOMES)
    assert len(evidence.scenarios(out)) == len(OUTCOMES)


def test_ids_and_pins_come_from_tags(run: dict[str, ScenarioRecord]) -> None:
    assert run["fails"].ids == ("OC-CTRL-2010", "OC-CTRL-2052")
    assert run["fails"].pins == {"OC-CTRL-2052": "0000"}
    assert run["is an outline -- @1.2 "].ids == ("OC-CTRL-2010", "OC-POLICY-4001")
    assert run["passes"].place == "features/shop/outcomes.feature:8"


def test_exchanges_are_on_record_and_shown(out: Path, run: dict[str, ScenarioRecord]) -> None:
    recorded = [each for each in evidence.exchanges(out) if each.scenario == run["fails"].place]
    assert [(each.method, each.path, each.status, each.server) for each in recorded] == [
        ("GET", "/nowhere", 404, "standard")
    ]
    assert recorded[0].request_header("x-api-key") == "$ORCHQUEUE_API_KEY"
    shown = run["fails"].exchanges[0]
    assert shown["status"] == 404
    assert "curl" in shown["curl"]
    assert "$ORCHQUEUE_API_KEY" in shown["curl"]


def test_progress_is_told(told: list[dict[str, Any]]) -> None:
    plan, *rest = told
    assert plan == {"what": "plan", "scenarios": len(OUTCOMES), "seed": 7, "profiles": ["core"]}
    assert sorted(data["name"] for data in rest) == sorted(OUTCOMES)


def test_claims_and_logs_are_kept(out: Path, told: list[dict[str, Any]]) -> None:
    assert told
    assert evidence.claims(out).profiles == ("core",)
    assert evidence.claims(out).api_version == "1.0.0"
    assert "GET /metrics" in (out / "logs" / "standard.jsonl").read_text()


def test_a_shared_server_is_started_once_in_a_run(out: Path, told: list[dict[str, Any]]) -> None:
    assert told
    assert len(list(out.glob("share-*/standard.config.json"))) == 1
    assert not list(out.glob("**/standard-2.config.json"))


def order(out: Path) -> list[str]:
    return [scenario.place for scenario in evidence.scenarios(out)]


def test_one_seed_gives_one_order_and_another_another(tmp_path: Path, make_spec: Spec) -> None:
    orders = []
    for number, seed in enumerate((3, 3, 4)):
        out = tmp_path / str(number)
        features.run(make_spec(out, seed=seed, features=("shop/outcomes.feature",)), lambda _: None, {})
        orders.append(order(out))
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--no-such-option",), "ended with exit code 2"),
        (("--claims-status", "403"), "refused the key"),
        (("--claims-media", "text/html; charset=utf-8"), "this is no orchestrator"),
    ],
)
def test_a_target_that_cannot_be_judged_is_an_error(
    options: tuple[str, ...], said: str, tmp_path: Path, make_spec: Spec
) -> None:
    with pytest.raises(VerifyError, match=said) as raised:
        features.run(make_spec(tmp_path, options), lambda _: None, {})
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "profiles"),
    [
        (("--claims-status", "404"), ()),
        (("--claims-status", "404", "--claims-media", "text/html"), ()),
        (("--claims", "not json"), ()),
        (("--claims", "[]"), ()),
        (("--claims", '{"profiles": "core"}'), ()),
        (("--claims", '{"profiles": ["core", 7, "policy"]}'), ("core", "policy")),
    ],
)
def test_claims_that_say_nothing_claim_nothing(
    options: tuple[str, ...], profiles: tuple[str, ...], tmp_path: Path, make_spec: Spec
) -> None:
    features.run(make_spec(tmp_path, options, smoke=True), lambda _: None, {})
    assert evidence.claims(tmp_path).profiles == profiles


def test_a_choice_that_leaves_nothing_is_an_error(tmp_path: Path, make_spec: Spec) -> None:
    with pytest.raises(VerifyError, match="no scenario is chosen"):
        features.run(make_spec(tmp_path, features=("nowhere.feature",)), lambda _: None, {})


def test_a_feature_that_is_no_gherkin_is_an_error(tmp_path: Path, make_spec: Spec) -> None:
    suite = tmp_path / "suite"
    (suite / "features").mkdir(parents=True)
    (suite / "steps").mkdir()
    (suite / "features" / "bad.feature").write_text("Feature: a\n  Scenario: b\n    Given c\n    nonsense\n")
    with pytest.raises(VerifyError, match="a feature cannot be read"):
        features.run(make_spec(tmp_path / "out", suite=str(suite)), lambda _: None, {})


def test_steps_that_do_not_load_are_an_error(tmp_path: Path, make_spec: Spec) -> None:
    suite = tmp_path / "suite"
    (suite / "features").mkdir(parents=True)
    (suite / "steps").mkdir()
    (suite / "features" / "a.feature").write_text("@OC-CTRL-2010\nFeature: a\n  Scenario: b\n    Given c\n")
    (suite / "steps" / "steps.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(VerifyError, match="nothing_of_this_name"):
        features.run(make_spec(tmp_path / "out", suite=str(suite)), lambda _: None, {})
