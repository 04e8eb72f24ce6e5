"""Features and steps as a whole: every line means one thing, and every step does something."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from behave.configuration import Configuration
from behave.model import ScenarioOutline
from behave.parser import parse_file
from behave.runner import Context, Runner
from behave.step_registry import registry

from orchqueue_bdd.suite import PACKAGE, Suite

FEATURES = sorted(PACKAGE.glob("features/**/*.feature"))
STEP_FILES = sorted(PACKAGE.glob("steps/*.py"))
INDEX = Path(__file__).parents[2] / "requirements" / "index.json"
KEYWORDS = {"given", "when", "then"}


@pytest.fixture(scope="module")
def steps() -> dict[str, list[Any]]:
    """The suite's steps by type; behave keeps those of all suites of a process together."""
    runner = Runner(Configuration(["--format=null"], load_config=False))
    runner.base_dir = str(PACKAGE)
    runner.context = Context(runner)
    with runner.path_manager:
        runner.load_step_definitions()
    return {kind: [step for step in registry.steps[kind] if _is_ours(step)] for kind in KEYWORDS}


def _is_ours(step: Any) -> bool:
    return Path(step.location.filename).resolve().parent == PACKAGE / "steps"


def _lines(path: Path) -> list[Any]:
    feature = parse_file(str(path))
    return [step for scenario in feature.walk_scenarios() for step in scenario.all_steps]


@pytest.mark.requirement("OC-TEST-7010")
def test_there_are_features() -> None:
    assert len(FEATURES) > 10
    assert len(STEP_FILES) > 5


@pytest.mark.requirement("OC-TEST-7010")
@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.relative_to(PACKAGE / "features").as_posix())
def test_each_line_matches_exactly_one_step(path: Path, steps: dict[str, list[Any]]) -> None:
    wrong = {}
    for line in _lines(path):
        matching = [each for each in steps[line.step_type] if each.match(line.name)]
        if len(matching) != 1:
            wrong[f"{line.line}: {line.keyword} {line.name}"] = [each.pattern for each in matching]
    assert wrong == {}


@pytest.mark.requirement("OC-TEST-7010")
@pytest.mark.parametrize("path", STEP_FILES, ids=lambda path: path.name)
def test_each_step_does_something(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    steps = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_step(node)]
    assert steps, "a step file has steps"
    assert [step.name for step in steps if not _acts(step)] == []


@pytest.mark.requirement("OC-TEST-7010")
def test_each_scenario_carries_a_known_id() -> None:
    known = set(json.loads(INDEX.read_text(encoding="utf-8"))["requirements"])
    cases = Suite().cases()
    assert [case.place for case in cases if not case.ids] == []
    assert {place: ids for place, ids in ((c.place, set(c.ids) - known) for c in cases) if ids} == {}


@pytest.mark.requirement("OC-TEST-7010")
def test_no_outline_is_without_examples() -> None:
    bare = []
    for path in FEATURES:
        feature = parse_file(str(path))
        outlines = [
            each for each in feature.walk_scenarios(with_outlines=True) if isinstance(each, ScenarioOutline)
        ]
        bare += [f"{path.name}: {each.name}" for each in outlines if not each.scenarios]
    assert bare == []


def test_each_step_is_used(steps: dict[str, list[Any]]) -> None:
    lines = [line for path in FEATURES for line in _lines(path)]
    idle = [
        f"{kind} {step.pattern}"
        for kind, ours in steps.items()
        for step in ours
        if not any(line.step_type == kind and step.match(line.name) for line in lines)
    ]
    assert idle == []


def _is_step(node: ast.FunctionDef) -> bool:
    names = [
        call.func.id
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    ]
    return bool(set(names) & KEYWORDS)


def _acts(node: ast.FunctionDef) -> bool:
    """Say whether a body does more than state a constant or pass."""
    doing = [each for each in node.body if not isinstance(each, ast.Pass)]
    doing = [
        each for each in doing if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ]
    return any(isinstance(part, ast.Call) for each in doing for part in ast.walk(each))
