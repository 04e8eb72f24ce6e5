"""The scripts of ci/: broken links are named, a finished list is archived and an unfinished one is not."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "ci" / "scripts"


def run(script: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPTS / script), str(root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.md").write_text(
        "# Alpha\n\n### OC-X-1001 · A title\n\n[b](b.md) [here](#alpha) [id](#OC-X-1001)\n"
    )
    (tmp_path / "b.md").write_text("# Two words\n\n[a](a.md#alpha) [away](https://example.org/x#y)\n")
    return tmp_path


def test_links_that_resolve_pass(tree: Path) -> None:
    done = run("check_links", tree)
    assert (done.returncode, done.stdout) == (0, "2 pages, 0 broken links\n")


def test_a_missing_file_and_a_missing_heading_are_named(tree: Path) -> None:
    (tree / "b.md").write_text("# Two\n\n[x](gone.md)\n\n![y](pic.png) [z](a.md#beta)\n")
    done = run("check_links", tree)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == [
        "b.md:3: link to gone.md: there is no such file",
        "b.md:5: link to pic.png: there is no such file",
        "b.md:5: link to a.md#beta: the page has no such heading",
    ]


def test_a_finished_list_gets_the_next_number(tmp_path: Path) -> None:
    (tmp_path / "ci" / "archive").mkdir(parents=True)
    (tmp_path / "ci" / "archive" / "todo-0007.md").write_text("old\n")
    (tmp_path / "TODO.md").write_text("# To do\n\n- [x] all of it\n")
    assert run("archive_todo", tmp_path).returncode == 0
    assert (tmp_path / "ci" / "archive" / "todo-0008.md").read_text() == "# To do\n\n- [x] all of it\n"
    assert (tmp_path / "TODO.md").read_text() == "# To do\n\n- [ ] \n"


def test_an_unfinished_list_stays(tmp_path: Path) -> None:
    (tmp_path / "TODO.md").write_text("# To do\n\n- [x] one\n- [ ] two\n")
    done = run("archive_todo", tmp_path)
    assert done.returncode == 1
    assert "TODO.md:4: this is not done yet" in done.stderr
    assert (tmp_path / "TODO.md").read_text().count("\n") == 4


def test_without_a_list_it_says_so(tmp_path: Path) -> None:
    done = run("archive_todo", tmp_path)
    assert done.returncode == 2
    assert "there is no TODO.md" in done.stderr
