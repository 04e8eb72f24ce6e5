"""The worker: single scenarios as they are asked for, on servers that stay up until they are left behind."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import evidence
from orchqueue.verify.runspec import RunSpec

Spec = Callable[..., RunSpec]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(make_spec: Spec, tmp_path: Path) -> Iterator[Ask]:
    spec = make_spec(tmp_path / "home")
    spec.write(tmp_path / "run.json")
    command = [sys.executable, "-m", "orchqueue_bdd", str(tmp_path / "run.json"), "worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def asked(**request: str) -> dict[str, Any]:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            told: dict[str, Any] = json.loads(stdout.readline())
            return told

        yield asked
        stdin.close()


def test_scenarios_run_again_and_again_on_one_server(ask: Ask, tmp_path: Path) -> None:
    cases = {case["place"]: case for case in ask(ask="cases")["cases"]}
    place = next(name for name, case in cases.items() if case["ids"] == ["OC-CTRL-2010"])
    assert cases[place]["server"] == "standard"
    ask(ask="up", server="standard")
    for number in (1, 2):
        out = tmp_path / f"records-{number}"
        assert ask(ask="run", place=place, out=str(out)) == {"what": "ran"}
        [scenario] = evidence.scenarios(out)
        assert (scenario.place, scenario.status) == (place, "pass")
    started = [path.name for path in (tmp_path / "home").glob("*.config.json")]
    assert started == ["standard.config.json"]


def test_a_move_leaves_the_old_servers_behind(ask: Ask, tmp_path: Path) -> None:
    place = next(case["place"] for case in ask(ask="cases")["cases"] if case["ids"] == ["OC-CTRL-2010"])
    other = tmp_path / "elsewhere"
    assert ask(ask="home", home=str(other)) == {"what": "home"}
    ask(ask="run", place=place, out=str(tmp_path / "records"))
    assert [path.name for path in other.glob("*.config.json")] == ["standard.config.json"]


def test_what_a_server_claims_is_told(ask: Ask) -> None:
    assert ask(ask="claims") == {"what": "claims", "profiles": ["core"]}


def test_a_digest_changes_with_what_a_scenario_does(ask: Ask) -> None:
    digests = [case["digest"] for case in ask(ask="cases")["cases"]]
    assert len(set(digests)) > 1
    assert all(len(digest) == 12 for digest in digests)
