"""The recipes that users copy: the workflow is one, and every line of `orchqueue` in them can be run."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from orchqueue.cli import cli

RECIPES = Path(__file__).parents[3] / "ci" / "recipes"
WORKFLOW = RECIPES / "conformance.yml"
HOOKS = RECIPES / "pre-commit-config.yaml"


def command(group: click.Group, name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None, f"there is no command {name}"
    return found


def lines() -> Iterator[str]:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["conformance"]["steps"]
    yield from (step["run"] for step in steps if step.get("run", "").startswith("orchqueue"))
    hooks = yaml.safe_load(HOOKS.read_text())["repos"][0]["hooks"]
    yield from (f"{hook['entry']} {'' if hook.get('pass_filenames') is False else 'FILE'}" for hook in hooks)


def test_the_workflow_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", list(lines()))
def test_every_line_is_one_that_the_command_takes(line: str) -> None:
    words = shlex.split(line)
    assert words.pop(0) == "orchqueue"
    found: click.Command = cli
    while isinstance(found, click.Group):
        found = command(found, words.pop(0))
    found.make_context(found.name, words)


def test_a_line_with_an_option_that_is_gone_is_seen() -> None:
    with pytest.raises(click.NoSuchOption):
        command(cli, "verify").make_context("verify", ["--verify-harder"])


def test_the_exit_codes_are_those_of_the_commands_own_help() -> None:
    table = (RECIPES / "README.md").read_text()
    told = {int(code) for code in re.findall(r"^\| (\d) \|", table, re.MULTILINE)}
    helped = " ".join((command(cli, "verify").help or "").split())
    assert told == {int(code) for code in re.findall(r"\b(\d) when\b", helped)} == {0, 1, 2}
