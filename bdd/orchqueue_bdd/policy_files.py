"""Policies as files: of a server that is not to start with them, and of one that has to renew them."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from orchqueue.kit import Exchange, NotTestable
from orchqueue_bdd import answers, everything, processes, tasks
from orchqueue_bdd.everything import MODULES
from orchqueue_bdd.processes import own_of, running_of
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

KEPT = "policy.modules-kept"
KINDS = {"allows every task": "judging", "denies every task": "refusing"}
WRONG = {
    "a text": "judging.wat",
    "a file that is not there": "nothing.wasm",
    "a module without exports": "empty.wasm",
    "a module for another version of the ABI": "outdated.wasm",
    "a module that imports what nobody grants": "reaching.wasm",
}


def prepare(world: World, table: Table | None) -> None:
    """Make a configuration that is right but for its policies."""
    assert table is not None, "a table of policies stands below this line"
    own = processes.prepare(world)
    files = [WRONG[row["policy"]] for row in table]
    own.config["policy"] = {"modules": [_entry(f"wrong-{n}", MODULES / file) for n, file in enumerate(files)]}
    own.changed += [f"policy.modules.{number}.path" for number in range(len(files))]


def names_import(world: World, name: str) -> None:
    """Demand that what the server said names an import."""
    assert name in own_of(world).failure, f"nothing is said of {name}: {own_of(world).failure}"


def start(world: World, kind: str) -> None:
    """Start a server with a policy in a file of its own. Raises NotTestable when it does not come up."""
    folder = Path(tempfile.mkdtemp(prefix="orchqueue-policy-"))
    world.at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
    path = folder / "policy.wasm"
    world.memory["policy file"] = path
    _put(world, MODULES / f"{KINDS[kind]}.wasm")
    own = processes.prepare(world)
    limits = {"wait_ms": everything.WAIT_MS, "cpu_ms": everything.ALLOWED_MS}
    own.config["policy"] = {"modules": [_entry("own", path)], "limits": limits}
    processes.start(world)
    if own.running is None:
        raise NotTestable(f"no server with a policy: {own.failure}")
    own.running.wait_ready(("own",))


def become(world: World, kind: str) -> None:
    """Put another module in the place of the policy, and have the server read its configuration again."""
    _put(world, MODULES / f"{KINDS[kind]}.wasm")
    _reread(world)


def become_text(world: World) -> None:
    """Put something that is no module in the place of the policy, and have the server read it again."""
    _put(world, MODULES / "judging.wat")
    _reread(world)


def says_they_stay(world: World) -> None:
    """Demand a log line that says why the policies that there were are kept."""
    running = running_of(own_of(world))
    seen = eventually(lambda: [line for line in running.logs() if line.get("event") == KEPT], bool)
    assert seen, f"no log line {KEPT}"
    assert seen[-1].get("problems"), f"it is not said why: {seen[-1]}"


def come_to_be_denied(world: World, reason: str) -> None:
    """Demand that tasks are denied with a reason, now or in a moment."""
    seen = eventually(lambda: _submit(world), lambda answer: answer.status == 403)
    answers.refuses(seen, 403, "FORBIDDEN")
    told: Any = answers.envelope(seen).get("details")
    assert [one.get("message") for one in told or []] == [reason], f"the details are {told}"


def come_to_be_accepted(world: World) -> None:
    """Demand that tasks are accepted, now or in a moment."""
    seen = eventually(lambda: _submit(world), lambda answer: answer.status == 202)
    answers.has_status(seen, 202)


def _submit(world: World) -> Exchange:
    return processes.client_of(world).post(tasks.TASKS, json=tasks.completion("a task"))


def _entry(name: str, path: Path) -> dict[str, Any]:
    return {"id": name, "path": str(path), "hook": "admission"}


def _put(world: World, file: Path) -> None:
    path: Path = world.memory["policy file"]
    shutil.copyfile(file, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def _reread(world: World) -> None:
    running = running_of(own_of(world))
    running.renew(running.config_path.read_text(encoding="utf-8"))
