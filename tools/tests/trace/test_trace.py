"""The graph of IDs: what is found in features, tests and code, and which gaps have a name and a line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchqueue.cli import cli
from orchqueue.spec import load, load_texts
from orchqueue.trace import trace
from orchqueue.trace.features import read_feature
from orchqueue.trace.sources import citations_in, marks

SPEC = """# Core

### ORCH-2001 · Tasks

`MUST` · profile `core` · checked by `behave`

Tasks MUST be taken.

### OC-CORE-1001 · One queue

`MUST` · refines `ORCH-2001` · checked by `unit` `provider`

A pool MUST have a queue.

```yaml openapi
paths:
  /a:
    post:
      operationId: createTask
      x-profile: core
      responses:
        "202": {description: taken}
        "404": {description: unknown}
  /b:
    get:
      operationId: getPool
      x-profile: pools
      responses: {"200": {description: there}}
x-transport-responses:
  "405": {description: no such method}
```

### OC-CORE-1002 · Advice

`SHOULD` · refines `ORCH-2001` · checked by `behave`

Advice SHOULD be given.

### OC-CORE-1003 · Gone

withdrawn "never meant"
"""
REVISION = load_texts({".specs/10-core.md": SPEC}).requirements["ORCH-2001"].revision
FEATURE = f"""@ORCH-2001.rev={REVISION[:4]}
Feature: Tasks

  Scenario: one is taken
    Given a pool
"""
TEST = """import pytest


@pytest.mark.requirement("OC-CORE-1001")
def test_queue():
    pass
"""
TASKS = "bdd/orchqueue_bdd/features/core/tasks.feature"
OTHER = "bdd/orchqueue_bdd/features/b.feature"
FILES = {
    ".specs/10-core.md": SPEC,
    TASKS: FEATURE,
    "tools/tests/core/test_core.py": TEST,
    "reference_impl/orchestratord/core/queue.py": "LIMIT = 1  # OC-CORE-1001\n",
    "ci/scripts/check": "# OC-CORE-1002\n",
}
SEEN = [("createTask", 202), ("createTask", 404), ("getPool", 200), ("x-transport-responses", 405)]


def observed(pairs=SEEN, **more) -> str:
    return json.dumps({"observed": [{"operation": name, "status": status} for name, status in pairs], **more})


@pytest.fixture
def write(tmp_path):
    def of(**changed: str) -> Path:
        files = {
            **FILES,
            "build/observed.json": observed(),
            **{key: text for key, text in changed.items() if text},
        }
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, text in changed.items():
            if not text:
                (tmp_path / name).unlink()
        return tmp_path

    return of


def run(root: Path, *words: str):
    return CliRunner().invoke(cli, ["trace", "--root", str(root), *words])


def test_a_whole_tree_has_no_gaps(write):
    root = write()
    result = run(root, "--strict")
    assert result.exit_code == 0, result.output
    document = json.loads((root / "build/trace.json").read_text())
    assert (document["errors"], document["gaps"], document["run"]) == ([], [], True)
    row = document["requirements"]["OC-CORE-1001"]
    assert row["refines"] == ["ORCH-2001"]
    assert row["tests"] == [
        {"file": "tools/tests/core/test_core.py", "line": 5, "name": "test_queue", "kind": "unit"}
    ]
    assert row["code"] == [{"file": "reference_impl/orchestratord/core/queue.py", "line": 1}]
    assert "openapi#/paths/~1a/post/responses/404" in row["contract"]
    parent = document["requirements"]["ORCH-2001"]
    assert parent["refined_by"] == ["OC-CORE-1001", "OC-CORE-1002"]
    assert parent["scenarios"] == [
        {
            "file": TASKS,
            "line": 4,
            "name": "one is taken",
            "pin": REVISION[:4],
        }
    ]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {OTHER: "Feature: F\n\n  @OC-CORE-1009 @ORCH-2001\n  Scenario: s\n    Given x\n"},
            "bdd/orchqueue_bdd/features/b.feature:4: OC-CORE-1009 is in no spec",
        ),
        (
            {OTHER: "Feature: F\n\n  @OC-CORE-01\n  Scenario: s\n    Given x\n"},
            "features/b.feature:4: the tag @OC-CORE-01 is neither an ID nor ID.rev=revision",
        ),
        (
            {OTHER: "Feature: F\n  Scenario: s\n    Given x\n    nonsense\n"},
            "bdd/orchqueue_bdd/features/b.feature:4: ",
        ),
        ({OTHER: ""}, None),
        (
            {"tools/tests/test_b.py": TEST.replace("1001", "1009")},
            "tools/tests/test_b.py:5: OC-CORE-1009 is in no spec",
        ),
        (
            {"tools/tests/test_b.py": TEST + "def broken(:\n"},
            "tools/tests/test_b.py:7: not Python",
        ),
        (
            {"reference_impl/orchestratord/b.c": "int a;\n/* OC-CORE-1009 */\n"},
            "reference_impl/orchestratord/b.c:2: OC-CORE-1009 is in no spec",
        ),
    ],
)
def test_what_is_wrong_in_any_case(write, changed, line):
    if line is None:
        root = write()
        (root / OTHER).write_text("# nothing\n")
        line = "bdd/orchqueue_bdd/features/b.feature:1: there is no feature in this file"
    else:
        root = write(**changed)
    result = run(root)
    assert result.exit_code == 1
    assert line in result.output


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {TASKS: FEATURE.replace(REVISION[:4], "0000")},
            f"features/core/tasks.feature:4: ORCH-2001 is pinned at 0000, and the spec is at {REVISION}",
        ),
        (
            {TASKS: FEATURE.replace(REVISION[:4], REVISION[:3])},
            f"the pin {REVISION[:3]!r} of ORCH-2001 is too short",
        ),
        (
            {OTHER: "Feature: F\n\n  Scenario: bare\n    Given x\n"},
            "features/b.feature:3: the scenario 'bare' carries no requirement ID",
        ),
        (
            {OTHER: "@ORCH-2001\nFeature: F\n"},
            "features/b.feature:2: the feature 'F' has no scenario",
        ),
        (
            {OTHER: "Feature: F\n\n  @OC-CORE-1003\n  Scenario: s\n    Given x\n"},
            "features/b.feature:4: OC-CORE-1003 is withdrawn: never meant",
        ),
        (
            {"tools/tests/core/test_core.py": ""},
            ".specs/10-core.md:9: OC-CORE-1001 says it is checked by unit, and nothing does",
        ),
        (
            {TASKS: ""},
            ".specs/10-core.md:3: ORCH-2001 says it is checked by behave, and nothing does",
        ),
        (
            {"build/observed.json": observed(SEEN[:1] + SEEN[2:])},
            ".specs/10-core.md:23: createTask declares 404, which no check observed (OC-CORE-1001)",
        ),
        (
            {"build/observed.json": observed(SEEN[:3])},
            ".specs/10-core.md:30: x-transport-responses declares 405, which no check observed",
        ),
        ({"build/observed.json": ""}, "no run was made (build/observed.json is not there)"),
    ],
)  # fmt: skip
def test_a_gap_is_shown_and_refused_when_strict(write, changed, line):
    root = write(**changed)
    plain, strict = run(root), run(root, "--strict")
    assert line in plain.output
    assert (plain.exit_code, strict.exit_code) == (0, 1)


def test_responses_of_profiles_that_are_not_claimed_are_not_asked_for(write):
    pairs = [pair for pair in SEEN if pair[0] != "getPool"]
    assert (
        run(write(**{"build/observed.json": observed(pairs, profiles=["core"])}), "--strict").exit_code == 0
    )
    assert run(write(**{"build/observed.json": observed(pairs)}), "--strict").exit_code == 1


def test_a_response_that_no_check_can_bring_about_is_not_asked_for(write):
    files = {
        ".specs/10-core.md": SPEC.replace(
            '"404": {description: unknown}', '"500": {$ref: "#/components/responses/E"}'
        ).replace(
            "x-transport-responses:",
            """components:
  responses:
    E: {description: a defect, x-unobservable: nothing but a defect brings it about}
x-transport-responses:""",
        ),
        "build/observed.json": observed([pair for pair in SEEN if pair[1] != 404]),
    }
    assert run(write(**files), "--strict").exit_code == 0
    files[".specs/10-core.md"] = files[".specs/10-core.md"].replace("x-unobservable", "x-seldom")
    assert "createTask declares 500, which no check observed" in run(write(**files), "--strict").output


def test_a_broken_record_of_a_run_is_no_run(write):
    result = run(write(**{"build/observed.json": '{"seen": []}'}))
    assert result.exception.exit_code == 2
    assert "orchqueue verify" in str(result.exception)


def test_wrong_specs_are_shown_and_nothing_is_traced(write):
    root = write(**{".specs/10-core.md": SPEC + "\nIt MUST.\n"})
    result = run(root)
    assert result.exit_code == 1
    assert ".specs/10-core.md:43: OC-CORE-1003 says MUST" in result.output
    assert not (root / "build/trace.json").exists()


def test_json_is_what_is_written(write):
    root = write()
    assert run(root, "--json").stdout == (root / "build/trace.json").read_text()


def test_the_same_tree_gives_the_same_trace(write):
    root = write()
    assert trace(root, load(root)).text() == trace(root, load(root)).text()


OUTLINE = '''@OC-A-1001
Feature: F

  Background:
    Given a pool
      """
      @OC-A-9999
      """

  @OC-A-1002
  Rule: R

    @OC-A-1003 @OC-A-1003.rev=abcd @smoke
    Scenario Outline: o <n>
      * a step
      When <n>
        | a | b |
        | 1 | 2 |

      @OC-A-1004
      Examples:
        | n |
        | 1 |
'''


def test_tags_come_from_feature_rule_scenario_and_examples():
    citations, findings = read_feature("f.feature", OUTLINE)
    assert findings == []
    assert [(c.id, c.pin, c.place.line, c.name) for c in citations] == [
        ("OC-A-1001", "", 14, "o <n>"),
        ("OC-A-1002", "", 14, "o <n>"),
        ("OC-A-1003", "abcd", 14, "o <n>"),
        ("OC-A-1004", "", 14, "o <n>"),
    ]


def test_features_in_another_language():
    citations, findings = read_feature(
        "f.feature",
        "# language: de\nFunktionalität: F\n\n  @OC-A-1001\n  Szenario: s\n    Angenommen x\n    Und y\n",
    )
    assert ([c.id for c in citations], findings) == (["OC-A-1001"], [])


MARKED = """
import pytest

pytestmark = [pytest.mark.requirement("OC-A-1001"), pytest.mark.slow]


class TestA:
    pytestmark = pytest.mark.requirement("OC-A-1002", kind="inspection")

    @pytest.mark.requirement("OC-A-1003")
    async def test_a(self): ...


@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.requirement("OC-A-1004", kind="lint"))])
def test_b(x): ...


def helper():
    return "OC-A-9999"
"""


def test_marks_of_files_classes_and_parameters():
    found = [(c.id, c.check, c.name, c.place.line) for c in marks("t.py", MARKED)]
    assert found == [
        ("OC-A-1001", "unit", "TestA::test_a", 11),
        ("OC-A-1002", "inspection", "TestA::test_a", 11),
        ("OC-A-1003", "unit", "TestA::test_a", 11),
        ("OC-A-1001", "unit", "test_b", 15),
        ("OC-A-1004", "lint", "test_b", 15),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# OC-A-1001, ORCH-2001\n", [("OC-A-1001", "code"), ("ORCH-2001", "code")]),
        ('RULE = "OC-A-1001"\n', [("OC-A-1001", "literal")]),
        ('"""OC-A-1001: why."""\n', [("OC-A-1001", "code")]),
        ("XOC-A-1001 OC-A-10011x OC-A-100 my-OC-A-1001\n", []),
    ],
)
def test_ids_in_code(text, found):
    assert [(c.id, c.kind) for c in citations_in("tools/orchqueue/a.py", text)] == found


def test_a_literal_in_the_server_is_no_check():
    assert [c.kind for c in citations_in("reference_impl/a.py", '"OC-A-1001"')] == ["code"]


def test_a_language_that_behave_does_not_know():
    citations, [finding] = read_feature("f.feature", "# language: xx\nFeature: F\n")
    assert (citations, str(finding)) == ([], "f.feature:1: behave has no language 'xx'")


def test_a_literal_in_a_check_counts_as_one(write):
    spec = SPEC.replace("checked by `unit` `provider`", "checked by `lint`")
    files = {".specs/10-core.md": spec, "tools/tests/core/test_core.py": ""}
    assert "OC-CORE-1001 says it is checked by lint" in run(write(**files)).output
    (write(**files) / "ci/scripts/rules.py").write_text('RULE = "OC-CORE-1001"\n')
    assert "OC-CORE-1001 says" not in run(write(**files)).output
