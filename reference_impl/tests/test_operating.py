"""What operators are given beside the server: dashboards, rules, units and images, each held against what it
speaks of.
"""

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from orchqueue_contract import load

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "ci" / "alerts"
RULES = ALERTS / "orchqueue.rules.yaml"
DASHBOARDS = sorted((ROOT / "ci" / "dashboards").glob("*.json"))
DEPLOY = ROOT / "reference_impl" / "deploy"
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
VARIABLES = {"$__rate_interval": "5m", "$pool_id": ".*"}
NOT_AGGREGATED = {"le"}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def queries() -> Iterator[tuple[str, str]]:
    """Each expression of rules and dashboards, with where it stands."""
    for rule in rules():
        yield rule.get("record") or rule["alert"], rule["expr"]
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


def faults(expression: str) -> list[str]:
    """What an expression names that the contract and the rules do not have."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return [fault for node in nodes(promql_parser.parse(expression)) for fault in node_faults(node)]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for name in ("lhs", "rhs", "expr", "vector_selector", "args"):
        below = getattr(node, name, None) or []
        for one in below if isinstance(below, list) else [below]:
            yield from nodes(one)


def node_faults(node: Any) -> Iterator[str]:
    contract = load("metrics")
    if isinstance(node, promql_parser.VectorSelector):
        labels = labels_of(node.name)
        if labels is None:
            yield f"there is no series {node.name}"
            return
        for matcher in node.matchers.matchers:
            if matcher.name not in labels:
                yield f"{node.name} has no label {matcher.name}"
            for value in alternatives(str(matcher.value)):
                known = values_of(node.name, matcher.name)
                if known is not None and value not in known:
                    yield f"{matcher.name} of {node.name} is never {value}"
    elif isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
        for label in node.modifier.labels:
            if label not in contract["labels"] and label not in NOT_AGGREGATED:
                yield f"no series has the label {label}"


def labels_of(name: str) -> set[str] | None:
    """The labels of a series; None when there is no such series."""
    if name in recorded():
        return {*load("metrics")["labels"]}
    for series, told in load("metrics")["series"].items():
        for suffix in SUFFIXES[told["type"]]:
            if name == series + suffix:
                return {*told["labels"], *({"le"} if suffix == "_bucket" else set())}
    return None


def values_of(name: str, label: str) -> set[str] | None:
    """The values that a label may have; None when any will do."""
    contract = load("metrics")
    if label == "le":
        return {f"{bound:g}" for bound in contract["buckets_ms"]}
    series = contract["series"].get(re.sub("_(bucket|count|sum)$", "", name), {})
    known = series.get("values", {}).get(label) or contract["labels"].get(label, {}).get("values")
    return None if known is None else {*map(str, known), *contract["outside_budget"]}


def alternatives(pattern: str) -> list[str]:
    """The values that a matcher names, of those that name some."""
    plain = pattern.replace("([.]0)?", "")
    return [] if plain == ".*" else plain.split("|")


@pytest.mark.requirement("OC-OPS-8003")
@pytest.mark.parametrize(("where", "expression"), list(queries()), ids=lambda text: text[:40])
def test_only_what_is_exported_is_named(where: str, expression: str) -> None:
    assert faults(expression) == [], where


@pytest.mark.requirement("OC-OPS-8003")
@pytest.mark.parametrize(
    "wrong",
    [
        "pools_ready == 0",
        'queue_depth{replica_id="a"}',
        'sum by (pool) (queue_depth{priority="urgent"})',
        'rate(tasks_rejected_total{reason="FULL"}[5m])',
        'latency_first_token_ms_bucket{le=~"1200([.]0)?"}',
        "latency_first_token_ms > 1",
        "orchqueue:nothing:sum",
    ],
)
def test_another_name_would_be_found(wrong: str) -> None:
    assert faults(wrong)


def test_each_priority_has_its_objective() -> None:
    alerted = {rule["labels"]["priority"] for rule in rules() if "first_token_late" in rule.get("record", "")}
    assert alerted == set(load("metrics")["labels"]["priority"]["values"])


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    board = json.loads(path.read_text())
    assert board["uid"] == f"orchqueue-{path.stem}"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    cells = [
        (row, column)
        for panel in board["panels"]
        for row in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
    ]
    assert len(cells) == len(set(cells)), "panels lie over each other"
    assert max(column for _, column in cells) < 24


def run(*words: str, cwd: Path = ROOT) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tool(name: str) -> str:
    """A program of this environment, or of the machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"{name} is missing: ci/scripts/install_debian_packages, or make setup"
    return found


def test_prometheus_reads_the_rules_and_alerts_when_it_should() -> None:
    run(tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", str(RULES))
    run(tool("promtool"), "test", "rules", "orchqueue.rules.test.yaml", cwd=ALERTS)


def test_the_image_lints_clean() -> None:
    run(tool("hadolint"), str(DEPLOY / "Dockerfile"))


def test_the_compose_file_is_of_the_compose_specification() -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))


def test_the_unit_runs_commands_that_there_are_and_waits_for_the_end() -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from orchestratord.__main__ import cli  # noqa: PLC0415

    unit = configparser.RawConfigParser(strict=False, comment_prefixes="#", delimiters="=")
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "orchestratord.service")
    for name in ("ExecStartPre", "ExecStart"):
        program, command, *words = unit["Service"][name].split()
        assert program == "/opt/orchqueue/bin/orchestratord"
        told = CliRunner().invoke(cli, [command, "--help"])
        assert told.exit_code == 0
        assert all(word in told.stdout for word in words if word.startswith("-"))
    schema = load("config.schema")["properties"]["server"]["properties"]
    least_s = (schema["grace_ms"]["default"] + schema["flush_ms"]["default"]) / 1000
    assert float(unit["Service"]["TimeoutStopSec"]) > least_s
    assert unit["Service"]["ExecReload"].startswith("/bin/kill -HUP")


@pytest.mark.requirement("OC-OPS-8004")
def test_what_compose_starts_is_what_the_server_is_told_of() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    config = yaml.safe_load((DEPLOY / "compose" / "orchqueue.yaml").read_text())
    hosts = {re.match(r"http://([^:]+):", one["url"])[1] for one in config["pools"][0]["workers"]}  # type: ignore[index]
    assert hosts == {name for name in compose["services"] if name.startswith("vllm-")}
    devices = [
        one["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for name, one in compose["services"].items()
        if name in hosts
    ]
    assert len({*map(tuple, devices)}) == len(hosts), "one worker a GPU"
