"""Backups: what is in one, what a restore makes of it, and which are refused whole."""

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestratord.backup import state
from orchestratord.backup.commands import backup, restore
from orchestratord.core.errors import ConfigurationError
from orchestratord.flow.pid_file import PidFile
from orchestratord.stores import FilesystemStore

KEPT = "kept/" + "a" * 64


class Machine:
    """A configuration with its folders, and an archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.config = folder / "config.json"
        self.artifacts = folder / "artifacts"
        self.catalog = folder / "catalog"
        self.archive = folder / "backup.tar"
        server = {"pid_file": str(folder / "pid")}
        artifacts = {"store": "filesystem", "root": str(self.artifacts)}
        catalog = {"enabled": True, "store": str(self.catalog)}
        self.config.write_text(json.dumps({"server": server, "artifacts": artifacts, "catalog": catalog}))

    def fill(self) -> None:
        """What a server would leave: two records, something half arrived, and a database in use."""
        for place in (f"{'0' * 40}/{KEPT}", f"{'0' * 40}/traces/{'b' * 64}"):
            path = self.artifacts / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(place.encode() * 100)
        (self.artifacts / "arriving").mkdir()
        (self.artifacts / "arriving" / "half").write_text("half")
        (self.artifacts / ".lock").touch()
        self.catalog.mkdir()
        with closing(sqlite3.connect(self.catalog / "catalog.sqlite3")) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE models (id TEXT)")
            database.execute("INSERT INTO models VALUES ('tiny')")
            database.commit()

    def empty(self) -> None:
        for root in (self.artifacts, self.catalog):
            root.rename(root.with_suffix(".before"))

    def records(self) -> dict[str, bytes]:
        found = (path for path in self.artifacts.rglob("*") if path.is_file() and path.name != ".lock")
        return {path.relative_to(self.artifacts).as_posix(): path.read_bytes() for path in found}

    def models(self) -> list[tuple[str]]:
        with closing(sqlite3.connect(self.catalog / "catalog.sqlite3")) as database:
            return database.execute("SELECT id FROM models").fetchall()

    def backup(self, *words: str) -> Result:
        return CliRunner().invoke(backup, [str(self.archive), "--config", str(self.config), *words])

    def restore(self) -> Result:
        return CliRunner().invoke(restore, [str(self.archive), "--config", str(self.config)])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "machine")
    machine.fill()
    return machine


def refusal(result: Result) -> str:
    assert isinstance(result.exception, ConfigurationError), result.output
    return str(result.exception)


@pytest.mark.requirement("OC-OPS-8005")
def test_what_was_kept_comes_back(machine: Machine) -> None:
    records = {name: data for name, data in machine.records().items() if "arriving" not in name}
    with closing(sqlite3.connect(machine.catalog / "catalog.sqlite3")) as writer:
        writer.execute("INSERT INTO models VALUES ('large')")
        writer.commit()  # it lies in the write-ahead log while this is open
        done = machine.backup()
    assert done.exit_code == 0, done.output
    assert done.output == f"{machine.archive}: 4 file(s)\n"
    assert machine.archive.stat().st_mode & 0o777 == 0o600
    config = machine.config.read_bytes()
    machine.empty()
    machine.config.unlink()
    back = machine.restore()
    assert back.exit_code == 0, back.exception
    assert machine.records() == records
    assert machine.models() == [("tiny",), ("large",)]
    assert machine.config.read_bytes() == config
    with closing(FilesystemStore(machine.artifacts, 1 << 20)):
        pass
    left = {path.name for path in machine.folder.iterdir()}
    assert not [name for name in left if name.startswith(".")], left


@pytest.mark.requirement("OC-OPS-8005")
def test_a_backup_is_never_half_there(machine: Machine, monkeypatch) -> None:
    machine.backup()
    before = machine.archive.read_bytes()
    assert "is there already" in refusal(machine.backup())

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state, "_database", full)
    assert "No space left" in refusal(machine.backup("--force"))
    assert machine.archive.read_bytes() == before
    assert {path.name for path in machine.folder.iterdir()} == {
        "config.json",
        "artifacts",
        "catalog",
        "backup.tar",
    }


def repacked(archive: Path, change) -> None:
    """Write the archive anew, with its members as the change leaves them."""
    with tarfile.open(archive) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as tar:
        for info, data in change(members):
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))


def link(name: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info, b""


def of_format_2(members):
    info, data = members[-1]
    return [*members[:-1], (info, json.dumps({**json.loads(data), "format": 2}).encode())]


BAD = {
    "no-manifest": (lambda members: members[:-1], "is cut off"),
    "a-record-less": (lambda members: members[:1] + members[2:], "is not what was written"),
    "a-record-more": (lambda members: [(tarfile.TarInfo("artifacts/x"), b"x"), *members], "has more in it"),
    "behind-the-manifest": (lambda members: [*members, (tarfile.TarInfo("artifacts/x"), b"x")], "more in it"),
    "another-byte": (
        lambda members: [members[0], (members[1][0], members[1][1][:-1] + b"!"), *members[2:]],
        "is not what was written",
    ),
    "twice": (lambda members: [members[0], *members], "has more in it"),
    "outside": (lambda members: [(tarfile.TarInfo("../x"), b"x"), *members], "no file of a backup"),
    "absolute": (lambda members: [(tarfile.TarInfo("/x"), b"x"), *members], "no file of a backup"),
    "a-link": (lambda members: [link("artifacts/x"), *members], "no file of a backup"),
    "another-format": (of_format_2, "is of format 2"),
}


@pytest.mark.requirement("OC-OPS-8005")
@pytest.mark.parametrize("fault", BAD)
def test_a_bad_backup_is_refused_before_anything_is_changed(machine: Machine, fault: str) -> None:
    change, message = BAD[fault]
    machine.backup()
    repacked(machine.archive, change)
    machine.empty()
    assert message in refusal(machine.restore())
    assert not machine.artifacts.exists()
    assert not machine.catalog.exists()


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 100, None])
def test_what_is_no_archive_is_told(machine: Machine, data: bytes | None) -> None:
    machine.backup()
    whole = machine.archive.read_bytes()
    machine.archive.write_bytes(whole[: len(whole) // 2] if data is None else data)
    machine.empty()
    assert str(machine.archive) in refusal(machine.restore())


@pytest.mark.requirement("OC-OPS-8005")
def test_nothing_is_restored_over_what_is_there_or_under_a_server(machine: Machine) -> None:
    machine.backup()
    before = machine.records()
    assert "is not empty" in refusal(machine.restore())
    assert machine.records() == before
    machine.empty()
    with closing(FilesystemStore(machine.artifacts, 1 << 20)):
        assert "a server keeps its state there" in refusal(machine.restore())
    with closing(PidFile(machine.folder / "pid")):
        assert "a server runs" in refusal(machine.restore())
    assert machine.restore().exit_code == 0


@pytest.mark.requirement("OC-OPS-8005")
def test_a_restore_that_fails_takes_back_what_it_did(machine: Machine, monkeypatch) -> None:
    machine.backup()
    machine.empty()
    machine.config.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state, "replace_file", full)
    assert "No space left" in refusal(machine.restore())
    assert machine.records() == {}
    assert not (machine.catalog / "catalog.sqlite3").exists()
    monkeypatch.undo()
    assert machine.restore().exit_code == 0


def test_a_damaged_database_is_not_backed_up(machine: Machine) -> None:
    database = machine.catalog / "catalog.sqlite3"
    database.write_bytes(b"not a database" * 1000)
    assert str(database) in refusal(machine.backup())
    assert not machine.archive.exists()


def test_a_manifest_tells_digests(machine: Machine) -> None:
    machine.backup()
    with tarfile.open(machine.archive) as tar:
        *members, manifest = [(info.name, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]
    told = json.loads(manifest[1])["entries"]
    assert [(one["name"], one["sha256"]) for one in told] == [
        (name, sha256(data).hexdigest()) for name, data in members
    ]
