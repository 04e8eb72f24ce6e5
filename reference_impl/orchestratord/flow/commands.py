"""The commands `check` and `apply`: parse, call, print."""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from orchestratord.config_file import ConfigMode, read
from orchestratord.core.errors import ConfigurationError
from orchestratord.devices import driver_devices
from orchestratord.flow.apply import Change, Commit
from orchestratord.flow.changes import Change as Difference
from orchestratord.flow.facts import Facts, facts_path
from orchestratord.flow.journal import BusyError, Journal, hold
from orchestratord.flow.pid_file import read_state, running
from orchestratord.flow.preflight import Findings, Proposal, preflight
from orchestratord.flow.recovery import recover
from orchestratord.settings import read_settings

SIGNS = {"added": "+", "removed": "-", "changed": "~"}
SHOWN_TEXTS = frozenset({"level", "full_policy", "mode", "store"})
"""The fields whose texts are shown. Any other text might be a secret in the wrong place."""

JSON = click.option("--json", "as_json", is_flag=True, help="Tell facts, one JSON object a line.")
ENGINES = click.option("--engines", is_flag=True, help="Also ask each engine for its health.")
CORRELATION = click.option(
    "--correlation-id", default=lambda: str(uuid4()), show_default="a new UUID", help="For facts and logs."
)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@click.option("--to", "target", type=FILE, help="The file in force; else the one that the server has read.")
@click.option("--commit", is_flag=True, help="Change it; without this nothing is changed.")
@click.option("--wait-ms", type=click.IntRange(1), default=30_000, show_default=True, help="For the server.")
@click.option(
    "--config-mode",
    "mode",
    type=click.Choice(["strict", "compat"]),
    default="strict",
    show_default=True,
    help="strict refuses unknown fields, compat tells them.",
)
@ENGINES
@CORRELATION
@JSON
def apply(
    *,
    file: Path,
    target: Path | None,
    commit: bool,
    wait_ms: int,
    mode: ConfigMode,
    engines: bool,
    correlation_id: str,
    as_json: bool,
) -> None:
    """Show what FILE would change in the place of the configuration in force; --commit changes it.

    Exit 0: it would hold, or has been applied; 1: it does not hold, or was undone; 2: it could not be tried.
    """
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    data = read(file)
    in_force = (target or _found_target(file, data)).resolve()
    proposal = Proposal(data, in_force, mode, engines)
    facts = Facts(in_force, correlation_id, _teller(as_json))
    try:
        with ExitStack() as stack:
            stack.callback(facts.close)
            journal = stack.enter_context(hold(in_force)) if commit else None
            found = _look(proposal, facts, journal, as_json=as_json)
            done = not found.critical
            if done and journal is not None:
                change = Change(in_force, data, found.pid_file, wait_ms / 1000)
                done = _commit(change, journal, facts, told=found.runs)
            elif done and not as_json:
                many = f"{len(found.changes)} change(s)" if found.changes else "no change"
                click.echo(f"{in_force}: {many}; nothing was done, --commit does it")
    except BusyError as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        raise ConfigurationError([f"{error.filename or in_force}: {error.strerror}"]) from None
    sys.exit(0 if done else 1)


def check_in_facts(proposal: Proposal, correlation_id: str) -> int:
    """Tell what a preflight finds as facts; answers the exit code of `check`."""
    facts = Facts(proposal.target, correlation_id, _teller(as_json=True))
    found = preflight(proposal, os.environ, driver_devices)
    found.tell(facts)
    return 2 if found.critical else 1 if found.missing_engines else 0


def _look(proposal: Proposal, facts: Facts, journal: Journal | None, *, as_json: bool) -> Findings:
    """Find what holds and what would change, and tell it; before a commit, whose journal is held, what an
    earlier one has left is put right.
    """
    if journal is not None:
        # OC-FLOW-6106
        recover(proposal.target, journal, _teller(as_json=False))
    found = preflight(proposal, os.environ, driver_devices)
    if journal is not None:
        facts.keep_in(facts_path(proposal.target))
    found.tell(facts)
    for one in found.violations:
        click.echo(f"{'error' if one.critical else 'warning'}: {one.told}", err=True)
    if not as_json:
        for change in found.changes:
            click.echo(_line(change))
    return found


def _commit(change: Change, journal: Journal, facts: Facts, *, told: bool) -> bool:
    done = Commit(change, journal, facts, _trouble).run()
    whom = "and the server has taken it" if told else "no server runs on it"
    _say(f"{change.target}: applied, {whom}" if done else f"{change.target}: is as it was before")
    return done


def _found_target(file: Path, data: bytes) -> Path:
    """The file that the server of a configuration has read. Raises ConfigurationError when there is none."""
    settings = read_settings(file, os.environ, "compat", driver_devices, data)
    pid_file = settings.pid_file
    state = read_state(pid_file) if pid_file is not None and running(pid_file) else None
    if state is None:
        raise ConfigurationError([f"{file}: no server runs that has it; --to FILE names the file in force"])
    return Path(state.config)


def _line(change: Difference) -> str:
    """One difference: its sign, its place, and what may be shown of it."""
    name = change.name.rsplit(".", 1)[-1]
    before, after = _shown(name, change.before), _shown(name, change.after)
    values = f": {before} -> {after}" if change.kind == "changed" else ""
    restart = "  (at the next start)" if change.needs_restart else ""
    return f"{SIGNS[change.kind]} {change.name}{values}{restart}"


def _shown(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool | int | float) or name in SHOWN_TEXTS:
        return json.dumps(value)
    return "..."


def _teller(as_json: bool) -> Callable[[dict[str, Any]], None]:
    """Facts on standard output, or, for people, the steps alone."""
    if as_json:
        return lambda told: click.echo(json.dumps(told))
    return lambda told: _say(_sentence(told)) if told["fact"] in _SENTENCES else None


_STEPS = {"keep": "keeping what was there", "write": "writing the file", "tell": "telling the server"}
_SENTENCES = {
    "apply.step": "{does}",
    "apply.failed": "{step} failed: {message}",
    "apply.undone": "undone: {does}",
    "apply.recovered": "an apply that was cut off was put right",
}


def _sentence(told: dict[str, Any]) -> str:
    return _SENTENCES[told["fact"]].format_map({**told, "does": _STEPS[told["step"]]})


def _trouble(message: str) -> None:
    click.echo(f"error: {message}", err=True)


def _say(message: str) -> None:
    click.echo(message, err=True)
