"""What `orchestratord apply` does to the configuration of a scenario's server, by its facts and traces."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchqueue.kit import NotTestable
from orchqueue.kit.patience import START_S
from orchqueue_bdd.changing import Change, changed, server_of
from orchqueue_bdd.world import World

CORRELATION = "applied-by-a-scenario"
MANNERS: Mapping[str, list[str]] = {"proposed": [], "committed": ["--commit"]}


def run(world: World, change: Change, manner: str) -> None:
    """Have a change proposed or committed. Raises NotTestable for another manner."""
    if manner not in MANNERS:
        raise NotTestable(f"nobody has said how a change is {manner}")
    force = server_of(world).config_path
    proposal = force.with_name(f"{force.stem}.proposal.json")
    proposal.write_text(json.dumps(changed(world, change)))
    words = [sys.executable, "-m", "orchestratord", "apply", str(proposal), "--to", str(force), "--json"]
    words += ["--correlation-id", CORRELATION, *MANNERS[manner]]
    world.memory["before"] = force.read_bytes()
    command = world.command(words)
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)  # noqa: S603 - our own
    world.memory["status"], world.memory["said"] = done.returncode, done.stderr
    world.memory["facts"] = [json.loads(line) for line in done.stdout.splitlines()]


def names_change(world: World, path: str) -> None:
    """Demand that a change was found, and that it is one for a running server."""
    _exits_with(world, 0)
    found = [(one["path"], one["needs_restart"]) for one in _facts(world, "preflight.change")]
    assert found == [(path, False)], f"the changes are {found}"


def nothing_applied(world: World) -> None:
    """Demand that there is no fact of applying, and that the file is as it was."""
    names = [one["fact"] for one in world.memory["facts"] if one["fact"].startswith("apply.")]
    assert not names, f"it tells {names}"
    _is_as_before(world)


def all_steps(world: World) -> None:
    """Demand the steps of a commit in their order, and that a server was told."""
    _exits_with(world, 0)
    names = [one["fact"] for one in world.memory["facts"]]
    steps = [one["step"] for one in _facts(world, "apply.step")]
    assert steps == ["keep", "write", "tell"], f"the steps were {steps}"
    assert names[names.index("apply.began") :] == ["apply.began", *["apply.step"] * 3, "apply.done"], names
    assert _facts(world, "apply.done")[0]["told"] is True
    assert server_of(world).config_path.read_bytes() != world.memory["before"], "the file is as it was"


def one_correlation(world: World) -> None:
    """Demand one id of all facts, on standard output and in the audit log, and of the server's own line."""
    log = Path(f"{server_of(world).config_path}.facts.jsonl")
    kept = [json.loads(line) for line in log.read_text().splitlines()]
    assert kept == world.memory["facts"], f"the audit log holds {kept}"
    ids = {one["correlation_id"] for one in kept}
    assert ids == {CORRELATION}, f"the facts have the ids {ids}"
    line = server_of(world).wait_for_log(lambda entry: entry.get("event") == "config.taken")
    assert line["correlation_id"] == CORRELATION, f"the line is {line}"


def refused_at(world: World, path: str) -> None:
    """Demand one critical violation, at that path."""
    _exits_with(world, 1)
    found = [one["path"] for one in _facts(world, "preflight.violation") if one["critical"]]
    assert found == [path], f"the critical violations are at {found}"


def undone(world: World) -> None:
    """Demand that telling the server failed, that all was undone from the last on, and the file as before."""
    _exits_with(world, 1)
    ends = [(one["fact"], one["step"]) for one in world.memory["facts"] if one["fact"] in _ENDS]
    wanted = [("apply.failed", "tell"), ("apply.undone", "write"), ("apply.undone", "keep")]
    assert ends == wanted, f"it ended with {ends}"
    _is_as_before(world)


_ENDS = frozenset({"apply.failed", "apply.undone", "apply.done"})


def _facts(world: World, name: str) -> list[dict[str, Any]]:
    return [one for one in world.memory["facts"] if one["fact"] == name]


def _exits_with(world: World, status: int) -> None:
    seen = world.memory["status"]
    assert seen == status, f"the command ended with {seen}: {world.memory['said']}"


def _is_as_before(world: World) -> None:
    now = server_of(world).config_path.read_bytes()
    assert now == world.memory["before"], "the file in force has changed"
