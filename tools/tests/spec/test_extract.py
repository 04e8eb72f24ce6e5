"""The commands over a tree: what is written, when nothing is, and what is said."""

import json

import pytest
import yaml
from click.testing import CliRunner

from orchqueue.cli import cli

CORE = """# Core

### OC-CORE-1001 · One queue

`MUST` · profile `core` · checked by `behave`

A pool MUST have one bounded queue.

```yaml config
type: object
properties: {pools: {type: array, items: {type: string}}}
```

### OC-CORE-1002 · A policy

`SHOULD` · refines `OC-CORE-1001` · checked by `unit` · excluded "not seen"

A pool SHOULD have a policy.
"""
CTRL = """### OC-CTRL-2001 · Health

`MUST` · profile `control` · checked by `behave`

A server MUST tell its health.
"""
FILES = {
    ".specs/10-core.md": CORE,
    ".specs/20-ctrl.md": CTRL,
    ".specs/decisions/0001-why.md": "We MUST say why.\n",
}


@pytest.fixture
def run():
    def of(root, *words):
        return CliRunner().invoke(cli, [*words, "--root", str(root)])

    return of


@pytest.fixture
def extract(run):
    def of(root, *words):
        return run(root, "spec", "extract", *words)

    return of


def snapshot(root):
    files = [path for path in root.rglob("*") if path.is_file() and ".specs" not in path.parts]
    return {str(path.relative_to(root)): (path.read_text(), path.stat().st_mtime_ns) for path in files}


def test_extract_writes_rows_index_and_contracts(write, extract):
    root = write(FILES)
    result = extract(root)
    assert (result.exit_code, "3 requirements, 1 contracts" in result.output) == (0, True)
    assert sorted(snapshot(root)) == [
        "contracts/config.schema.json",
        "requirements/10-core.yaml",
        "requirements/20-ctrl.yaml",
        "requirements/index.json",
    ]
    rows = yaml.safe_load((root / "requirements/10-core.yaml").read_text())["requirements"]
    assert list(rows) == ["OC-CORE-1001", "OC-CORE-1002"]
    assert " ".join(rows["OC-CORE-1002"]) == (
        "title level subject profile revision source refines checked_by excluded withdrawn"
    )
    assert rows["OC-CORE-1002"]["profile"] == "core"
    index = json.loads((root / "requirements/index.json").read_text())["requirements"]
    assert index["OC-CORE-1002"] == {**rows["OC-CORE-1002"], "text": "A pool SHOULD have a policy."}
    schema = json.loads((root / "contracts/config.schema.json").read_text())
    assert schema["properties"]["pools"]["x-req-id"] == ["OC-CORE-1001"]


def test_a_second_run_writes_nothing(write, extract):
    root = write(FILES)
    extract(root)
    before = snapshot(root)
    result = extract(root)
    assert "wrote" not in result.output
    assert snapshot(root) == before


def test_an_edited_sentence_moves_nothing_else(write, extract):
    root = write(FILES)
    extract(root)
    before = {name: text for name, (text, _) in snapshot(root).items()}
    (root / ".specs/10-core.md").write_text(
        "\nMore.\n\n" + CORE.replace("one bounded queue", "a bounded queue")
    )
    extract(root)
    after = {name: text for name, (text, _) in snapshot(root).items()}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"requirements/10-core.yaml", "requirements/index.json"}
    lines = zip(
        before["requirements/10-core.yaml"].splitlines(),
        after["requirements/10-core.yaml"].splitlines(),
        strict=True,
    )
    assert [one.split(":")[0].strip() for one, other in lines if one != other] == ["revision"]


def test_what_a_removed_spec_left_is_deleted(write, extract):
    root = write(
        {
            **FILES,
            "contracts/README.md": "kept",
            "contracts/pacts/a.json": "{}",
            "requirements/notes.md": "kept",
        }
    )
    extract(root)
    (root / ".specs/20-ctrl.md").unlink()
    (root / ".specs/10-core.md").write_text(CORE.replace("yaml config", "yaml"))
    result = extract(root)
    assert "deleted requirements/20-ctrl.yaml" in result.output
    assert sorted(snapshot(root)) == [
        "contracts/README.md",
        "contracts/pacts/a.json",
        "requirements/10-core.yaml",
        "requirements/index.json",
        "requirements/notes.md",
    ]


def test_check_names_what_would_change_and_writes_nothing(write, extract):
    root = write(FILES)
    extract(root)
    assert extract(root, "--check").exit_code == 0
    (root / "requirements/20-ctrl.yaml").write_text("edited")
    (root / "requirements/99-old.yaml").write_text("left")
    before = snapshot(root)
    result = extract(root, "--check")
    assert result.exit_code == 1
    assert "would change requirements/20-ctrl.yaml" in result.output
    assert "would delete requirements/99-old.yaml" in result.output
    assert snapshot(root) == before


def test_with_a_fault_nothing_is_written(write, extract, run):
    root = write({**FILES, ".specs/20-ctrl.md": CTRL + "\nIt MUST.\n\nSee OC-CORE-9999.\n"})
    for result in (extract(root), run(root, "spec", "lint")):
        assert result.exit_code == 1
        lines = result.output.splitlines()
        assert lines[0].startswith(".specs/20-ctrl.md:7: MUST in an informative paragraph of OC-CTRL-2001")
        assert lines[1] == ".specs/20-ctrl.md:9: OC-CORE-9999 has no heading in any spec"
        assert snapshot(root) == {}


def test_sarif_says_the_same(write, run, tmp_path):
    root = write({**FILES, ".specs/20-ctrl.md": CTRL + "\nIt MUST.\n"})
    path = tmp_path / "out/lint.sarif"
    run(root, "spec", "lint", "--sarif", str(path))
    log = json.loads(path.read_text())
    assert log["version"] == "2.1.0"
    [result] = log["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location == {"artifactLocation": {"uri": ".specs/20-ctrl.md"}, "region": {"startLine": 7}}
    assert (
        log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "keyword"
    )


def test_sarif_of_a_right_tree_is_empty(write, run, tmp_path):
    path = tmp_path / "lint.sarif"
    assert run(write(FILES), "spec", "lint", "--sarif", str(path)).exit_code == 0
    assert json.loads(path.read_text())["runs"][0]["results"] == []


@pytest.mark.parametrize("files", [{}, {".specs/decisions/0001.md": "text"}], ids=["nothing", "no spec"])
def test_no_specs_is_no_run(write, run, files):
    result = run(write(files), "spec", "lint")
    assert result.exit_code != 0
    assert type(result.exception).__name__ == "SpecError"
    assert result.exception.exit_code == 2


def test_a_spec_that_is_not_text_is_no_run(write, run):
    root = write(FILES)
    (root / ".specs/10-core.md").write_bytes(b"ok\n\xff\n")
    assert ".specs/10-core.md:2: not UTF-8" in str(run(root, "spec", "lint").exception)


def test_windows_line_ends_change_nothing(write, extract, run):
    root = write(FILES)
    extract(root)
    (root / ".specs/10-core.md").write_bytes(CORE.replace("\n", "\r\n").encode())
    assert extract(root, "--check").exit_code == 0
