"""The command `apply`: what it shows, which steps it does, and what it undoes."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestratord.__main__ import cli
from orchestratord.core.errors import ConfigurationError
from orchestratord.flow import apply as applying
from orchestratord.flow import journal as journals
from orchestratord.flow.commands import apply
from orchestratord.flow.journal import Record, correlation_of, digest, hold, journal_path
from orchestratord.flow.pid_file import PidFile, read_state, running, state_path
from orchestratord.flow.recovery import recover_at_start

POOL = {"id": "a", "engine": "llamacpp", "adapter": "mock"}
NOBODY = "http://127.0.0.1:1"
KEY = {"id": "k", "sha256": "0" * 64, "scopes": ["data"]}


class Place:
    """A file in force, a proposal beside it, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.force = folder / "force.json"
        self.new = folder / "new.json"
        self.base: dict[str, Any] = {
            "server": {"pid_file": str(folder / "pid")},
            "keys": [KEY],
            "pools": [POOL],
        }
        self.write(self.force)

    def write(self, path: Path, **changes: Any) -> bytes:
        path.write_text(json.dumps({**self.base, **changes}))
        return path.read_bytes()

    def apply(self, *words: str, to: bool = True) -> Result:
        target = ["--to", str(self.force)] if to else []
        return CliRunner().invoke(apply, [str(self.new), *target, *words])

    def facts(self) -> list[dict[str, Any]]:
        path = self.folder / "force.json.facts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def names(self) -> list[str]:
        return [" ".join([one["fact"], one.get("step", "")]).strip() for one in self.facts()]

    def left(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    before = signal.getsignal(signal.SIGTERM)
    yield Place(tmp_path)
    signal.signal(signal.SIGTERM, before)


Judge = Callable[[bytes], list[str]]


@pytest.fixture
def serve(place: Place) -> Iterator[Callable[[Judge], PidFile]]:
    """Play the server of the file in force: after SIGHUP it reads it, and says what it thinks of it."""
    held: list[PidFile] = []
    before = signal.getsignal(signal.SIGHUP)

    def start(judge: Judge) -> PidFile:
        pid_file = PidFile(place.folder / "pid")
        held.append(pid_file)

        def read(*_: object) -> None:
            data = place.force.read_bytes()
            pid_file.tell(place.force, digest(data), judge(data))

        signal.signal(signal.SIGHUP, read)
        read()
        return pid_file

    yield start
    signal.signal(signal.SIGHUP, before)
    for pid_file in held:
        pid_file.close()


@pytest.mark.requirement("OC-FLOW-6101")
def test_without_commit_nothing_is_changed(place: Place) -> None:
    place.write(place.new, pools=[{**POOL, "queue": {"capacity": 7}}], keys=[])
    before = place.force.read_bytes(), place.left()
    shown = place.apply()
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.splitlines() == [
        "- keys.k",
        "~ pools.a.queue.capacity: 256 -> 7",
        f"{place.force}: 2 change(s); nothing was done, --commit does it",
    ]
    assert (place.force.read_bytes(), place.left()) == before
    facts = [json.loads(line) for line in place.apply("--json", "--correlation-id", "c").stdout.splitlines()]
    assert [one["fact"] for one in facts] == [
        "preflight.began",
        "preflight.change",
        "preflight.change",
        "preflight.done",
    ]
    assert {one["correlation_id"] for one in facts} == {"c"}
    assert facts[-1]["changes"] == 2


@pytest.mark.requirement("OC-FLOW-6102")
@pytest.mark.requirement("OC-FLOW-6105")
def test_a_commit_goes_step_by_step(place: Place, serve) -> None:
    seen: list[str] = []
    place.force.chmod(0o640)

    def note(_data: bytes) -> list[str]:
        seen.append(f"{place.names()[-1]} of {correlation_of(place.force)}" if place.names() else "start")
        return []

    serve(note)
    data = place.write(place.new, log={"level": "debug"})
    done = place.apply("--commit", "--correlation-id", "c-1", to=False)
    assert done.exit_code == 0, done.stderr
    assert place.force.read_bytes() == data
    assert place.force.stat().st_mode & 0o777 == 0o640
    assert seen == ["start", "apply.step tell of c-1"], "a fact and the record come first"
    assert place.names() == [
        "preflight.began",
        "preflight.change",
        "preflight.done",
        "apply.began",
        "apply.step keep",
        "apply.step write",
        "apply.step tell",
        "apply.done",
    ]
    facts = place.facts()
    assert {one["correlation_id"] for one in facts} == {"c-1"}
    assert {one["config"] for one in facts} == {str(place.force)}
    assert facts[-1]["told"] is True
    assert facts[3]["digest_after"] == digest(data)
    assert not journal_path(place.force).exists()


def test_a_file_that_is_not_there_yet_is_made(place: Place) -> None:
    place.force.unlink()
    data = place.write(place.new)
    done = place.apply("--commit")
    assert (done.exit_code, place.force.read_bytes()) == (0, data)
    assert place.force.stat().st_mode & 0o777 == 0o600
    assert place.facts()[-1]["told"] is False


@pytest.mark.requirement("OC-FLOW-6103")
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"server": {"pid_file": "PID", "port": 7}}, "/server/port"),
        ({"colour": 1}, "/colour"),
        ({"pools": [{**POOL, "queue": {"capacity": 0}}]}, "/pools/0/queue/capacity"),
        ({"keys": [{**KEY, "tenant": "nobody"}]}, "/keys/0/tenant"),
    ],
)
def test_a_critical_violation_stops_before_anything_is_applied(place, serve, changes, path) -> None:
    serve(lambda _data: pytest.fail("the server was told") if place.facts() else [])
    if "server" in changes:
        changes = {"server": {**changes["server"], "pid_file": place.base["server"]["pid_file"]}}
    place.write(place.new, **changes)
    before = place.force.read_bytes()
    refused = place.apply("--commit")
    assert refused.exit_code == 1
    assert f"error: {path}: " in refused.stderr
    assert [one["path"] for one in place.facts() if one.get("critical") is True] == [path]
    assert not [name for name in place.names() if name.startswith("apply.")]
    assert place.force.read_bytes() == before


def test_what_needs_a_start_is_no_violation_while_no_server_runs(place: Place) -> None:
    place.write(place.new, server={**place.base["server"], "port": 7})
    assert place.apply("--commit").exit_code == 0


@pytest.mark.requirement("OC-FLOW-6104")
def test_what_the_server_does_not_take_is_undone(place: Place, serve) -> None:
    serve(lambda data: ["pool a is being reloaded"] if b"debug" in data else [])
    before = place.force.read_bytes()
    place.write(place.new, log={"level": "debug"})
    undone = place.apply("--commit")
    assert undone.exit_code == 1
    assert "tell failed: the server does not take it: pool a is being reloaded" in undone.stderr
    assert place.force.read_bytes() == before
    assert place.names()[-5:] == [
        "apply.step tell",
        "apply.failed tell",
        "apply.undone write",
        "apply.restored",
        "apply.undone keep",
    ]
    assert place.facts()[-2]["told"] is True
    state = read_state(place.folder / "pid")
    assert state is not None
    assert (state.digest, state.taken) == (digest(before), True)
    assert not journal_path(place.force).exists()


@pytest.mark.requirement("OC-FLOW-6104")
def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(place: Place, serve) -> None:
    pid_file = serve(lambda _data: [])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    before = place.force.read_bytes()
    place.write(place.new, log={"level": "debug"})
    undone = place.apply("--commit", "--wait-ms", "50")
    assert (undone.exit_code, place.force.read_bytes()) == (1, before)
    assert "the server has not answered in time" in undone.stderr
    assert pid_file is not None


@pytest.mark.requirement("OC-FLOW-6104")
@pytest.mark.parametrize("step", ["keep", "write"])
def test_a_disk_that_is_full_undoes_what_was_done(place: Place, monkeypatch, step) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "keep":
        monkeypatch.setattr(journals.Journal, "write", full)
    else:
        monkeypatch.setattr(applying, "replace_file", full)
    before = place.force.read_bytes()
    place.write(place.new, log={"level": "debug"})
    undone = place.apply("--commit")
    assert undone.exit_code == 1
    assert f"{step} failed: No space left on device" in undone.stderr
    assert place.force.read_bytes() == before
    assert place.left() == {"force.json", "new.json", "force.json.facts.jsonl"}


@pytest.mark.requirement("OC-FLOW-6104")
def test_whoever_breaks_it_off_finds_all_as_it_was(place: Place, serve, monkeypatch) -> None:
    serve(lambda _data: [])
    ends = [lambda: os.kill(os.getpid(), signal.SIGTERM)]
    monkeypatch.setattr(applying.Commit, "_tell", lambda *_: ends.pop()() if ends else True)
    before = place.force.read_bytes()
    place.write(place.new, log={"level": "debug"})
    broken = place.apply("--commit")
    assert (broken.exit_code, place.force.read_bytes()) == (128 + signal.SIGTERM, before)
    assert not journal_path(place.force).exists()


def crash(place: Place, *, written: bool) -> tuple[bytes, bytes]:
    """What an apply leaves that was killed, before or after it wrote the file."""
    before = place.force.read_bytes()
    after = place.write(place.new, log={"level": "debug"})
    with hold(place.force) as journal:
        journal.write(Record("c-crash", before, digest(after)))
        if written:
            place.force.write_bytes(after)
    return before, after


@pytest.mark.requirement("OC-FLOW-6106")
@pytest.mark.parametrize("written", [False, True])
def test_a_start_puts_back_what_an_apply_left(place: Place, written) -> None:
    before, _ = crash(place, written=written)
    told: list[dict[str, Any]] = []
    recover_at_start(place.force, told.append)
    assert place.force.read_bytes() == before
    assert [(one["fact"], one["step"], one["correlation_id"]) for one in told] == [
        ("apply.recovered", "write" if written else "keep", "c-crash")
    ]
    assert place.names() == [f"apply.recovered {'write' if written else 'keep'}"]
    assert not journal_path(place.force).exists()
    recover_at_start(place.force, lambda _fact: pytest.fail("nothing is left"))


@pytest.mark.requirement("OC-FLOW-6106")
def test_the_next_commit_puts_back_first(place: Place) -> None:
    before, _ = crash(place, written=True)
    place.write(place.new, log={"level": "error"})
    assert place.apply("--commit").exit_code == 0
    facts = place.facts()
    assert facts[0]["fact"] == "apply.recovered"
    assert next(one for one in facts if one["fact"] == "apply.began")["digest_before"] == digest(before)


@pytest.mark.requirement("OC-FLOW-6106")
def test_what_another_hand_wrote_since_stays(place: Place) -> None:
    crash(place, written=True)
    own = place.write(place.force, log={"level": "warning"})
    told: list[dict[str, Any]] = []
    recover_at_start(place.force, told.append)
    assert (place.force.read_bytes(), told[0]["restored"]) == (own, False)


@pytest.mark.requirement("OC-FLOW-6106")
def test_an_apply_that_runs_is_left_alone_and_is_the_only_one(place: Place) -> None:
    _, after = crash(place, written=True)
    with hold(place.force):
        recover_at_start(place.force, lambda _fact: pytest.fail("it runs"))
        assert place.force.read_bytes() == after
        busy = place.apply("--commit")
        assert isinstance(busy.exception, ConfigurationError)
        assert "another apply runs" in str(busy.exception)


@pytest.mark.parametrize("torn", [b"", b'{"correlation_id": "c", "bef'])
def test_a_record_that_was_not_written_whole_had_changed_nothing(place: Place, torn: bytes) -> None:
    before = place.force.read_bytes()
    journal_path(place.force).write_bytes(torn)
    recover_at_start(place.force, lambda _fact: pytest.fail("nothing to put back"))
    assert place.force.read_bytes() == before
    assert not journal_path(place.force).exists()


def test_a_dry_run_tells_of_an_apply_that_was_cut_off(place: Place) -> None:
    _, after = crash(place, written=True)
    shown = place.apply()
    assert shown.exit_code == 0
    assert "warning" in shown.stderr
    assert place.force.read_bytes() == after


def test_a_key_that_only_the_server_has_is_no_violation(place: Place, serve, monkeypatch) -> None:
    monkeypatch.delenv("ORCHESTRATORD_API_KEY", raising=False)
    place.base |= {"keys": [], "server": {**place.base["server"], "host": "0.0.0.0"}}
    place.write(place.force)
    place.write(place.new, log={"level": "debug"})
    assert "/server/host" in place.apply().stderr, "no server runs that could have it"
    serve(lambda _data: [])
    shown = place.apply()
    assert shown.exit_code == 0, shown.stderr
    assert "the variable ORCHESTRATORD_API_KEY is not set here" in shown.stderr


def test_a_check_tells_facts(place: Place) -> None:
    def check(*words: str) -> tuple[int, list[dict[str, Any]]]:
        done = CliRunner().invoke(cli, ["check", "--json", *words, str(place.new)])
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]

    place.write(place.new, keys=[{**KEY, "not_after": "2001-01-01T00:00:00Z"}], colour=1)
    code, facts = check()
    assert (code, [one["fact"] for one in facts]) == (
        2,
        ["preflight.began", "preflight.violation", "preflight.done"],
    )
    assert (facts[1]["path"], facts[1]["critical"]) == ("/colour", True)
    code, facts = check("--config-mode", "compat")
    assert (code, [one.get("path") for one in facts[1:-1]]) == (0, ["/colour", "/keys/0/not_after"])
    place.write(place.new, pools=[{"id": "b", "engine": "llamacpp", "workers": [{"id": "w", "url": NOBODY}]}])
    code, facts = check("--engines")
    assert (code, facts[-1]["warnings"]) == (1, 1)


def test_a_file_in_force_has_to_be_known(place: Place) -> None:
    place.write(place.new)
    lost = place.apply(to=False)
    assert isinstance(lost.exception, ConfigurationError)
    assert "--to" in str(lost.exception)


def test_variables_that_only_the_server_may_have_are_told(place: Place, serve) -> None:
    worker = {"id": "w", "url": "http://127.0.0.1:1", "api_key": {"env": "NOBODY_HAS_THIS"}}
    pool = {"id": "b", "engine": "llamacpp", "workers": [worker]}
    place.write(place.new, pools=[POOL, pool])
    assert place.apply().exit_code == 1, "no server runs that could have it"
    serve(lambda _data: [])
    shown = place.apply()
    assert shown.exit_code == 0
    assert "the variable NOBODY_HAS_THIS is not set here" in shown.stderr


@pytest.mark.requirement("OC-CONFIG-6011")
def test_a_pid_file_is_one_servers(place: Place, serve) -> None:
    pid_path = place.folder / "pid"
    state_path(pid_path).write_text("what one that crashed has said")
    pid_path.write_text("1\n")
    assert not running(pid_path)
    pid_file = serve(lambda _data: [])
    assert running(pid_path)
    assert pid_path.read_text() == f"{os.getpid()}\n"
    with pytest.raises(ConfigurationError, match="another server runs with it"):
        PidFile(pid_path)
    pid_file.close()
    assert not running(pid_path)
    assert not {"pid", "pid.state"} & place.left()


def test_a_pid_file_that_cannot_be_written_is_told(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match=r"/server/pid_file: .*: No such file or directory"):
        PidFile(tmp_path / "nowhere" / "pid")
