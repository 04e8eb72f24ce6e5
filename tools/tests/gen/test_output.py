"""The package is written whole, the same each time, and only where it differs; an edit by hand is found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchqueue.gen.build import build
from orchqueue.gen.commands import gen
from orchqueue.gen.errors import GenError, SourceError
from orchqueue.gen.output import PACKAGE, drifted, write


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(gen, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_command_writes_then_finds_nothing_to_do(sample_root: Path) -> None:
    code, output = _run("--root", str(sample_root))
    assert code == 0
    assert f"{PACKAGE.as_posix()}/routes.py" in output.splitlines()
    assert _run("--root", str(sample_root), "--check") == (0, "")
    assert _run("--root", str(sample_root)) == (0, "nothing changed\n")


def test_an_install_without_the_generator_says_what_to_install(
    sample_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datamodel_code_generator", None)
    with pytest.raises(
        GenError, match=r"^datamodel_code_generator is not installed; `pip install 'orchqueue"
    ):
        build(sample_root)


def test_an_unchanged_file_is_left_alone(sample_root: Path) -> None:
    write(sample_root, build(sample_root))
    before = {path: path.stat().st_mtime_ns for path in (sample_root / PACKAGE).rglob("*")}
    (sample_root / PACKAGE / "errors.py").write_text("ERRORS = {}\n")
    assert write(sample_root, build(sample_root)) == [f"{PACKAGE.as_posix()}/errors.py"]
    after = {path: path.stat().st_mtime_ns for path in (sample_root / PACKAGE).rglob("*")}
    assert before.keys() == after.keys()
    changed = {path.name for path, moment in before.items() if after[path] != moment and path.is_file()}
    assert changed == {"errors.py"}


def test_check_names_what_was_edited_removed_and_added(sample_root: Path) -> None:
    write(sample_root, build(sample_root))
    package = sample_root / PACKAGE
    with (package / "structs.py").open("a") as file:
        file.write("# by hand\n")
    (package / "data" / "openapi.yaml").unlink()
    (package / "extra.py").write_text("")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "extra.cpython-311.pyc").write_bytes(b"")
    code, output = _run("--root", str(sample_root), "--check")
    assert code == 1
    named = [line.partition(":")[0].removeprefix(f"{PACKAGE.as_posix()}/") for line in output.splitlines()]
    assert named == ["data/openapi.yaml", "extra.py", "structs.py"]
    assert (package / "extra.py").exists()
    _run("--root", str(sample_root))
    assert not (package / "extra.py").exists()
    assert _run("--root", str(sample_root), "--check") == (0, "")


def test_a_change_of_a_source_touches_only_what_is_made_of_it(sample_root: Path) -> None:
    write(sample_root, build(sample_root))
    metrics = sample_root / "contracts" / "metrics.yaml"
    metrics.write_text(metrics.read_text().replace("Orders.", "Orders taken."))
    names = [path.removeprefix(f"{PACKAGE.as_posix()}/") for path in drifted(sample_root, build(sample_root))]
    assert names == ["ci/metrics.lint.json", "__init__.py", "data/metrics.yaml", "metrics.py"]


def test_each_module_names_the_digest_of_its_sources(sample_root: Path) -> None:
    files = build(sample_root)
    written = {
        Path(name).name: text.decode().splitlines() for name, text in files.items() if name.endswith(".py")
    }
    without = {name for name, lines in written.items() if "sha256:" not in lines[1]}
    assert without == {"_asgi.py", "_checks.py", "_model.py"}  # these hold nothing of the contract
    assert all(lines[0].startswith("# Written by `orchqueue gen`") for lines in written.values())


def test_the_order_of_hashes_changes_nothing(sample_root: Path) -> None:
    script = (
        "import hashlib, sys; from pathlib import Path; from orchqueue.gen.build import build;"
        "files = build(Path(sys.argv[1]));"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())"
    )
    command = [sys.executable, "-c", script, str(sample_root)]
    digests = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_missing_source_is_named(sample_root: Path) -> None:
    (sample_root / "contracts" / "errors.yaml").unlink()
    with pytest.raises(SourceError, match=r"contracts/errors\.yaml .*orchqueue spec extract"):
        build(sample_root)


@pytest.mark.parametrize("text", ["a: [", "- a\n", ""])
def test_a_broken_source_is_named(sample_root: Path, text: str) -> None:
    (sample_root / "contracts" / "events.yaml").write_text(text)
    with pytest.raises(SourceError, match=r"contracts/events\.yaml"):
        build(sample_root)
