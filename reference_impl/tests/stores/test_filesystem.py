"""Files: what a crash, a full disk, another hand or another server does to them."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path

import pytest

from orchestratord.stores import DamagedError, FilesystemStore, FullError, StoreError

ROOM = 10_000_000


@pytest.fixture
def opened(root):
    stores: list[FilesystemStore] = []

    def open_root(max_bytes: int = ROOM) -> FilesystemStore:
        for store in stores:
            store.close()
        stores[:] = [FilesystemStore(root, max_bytes)]
        return stores[0]

    yield open_root
    for store in stores:
        store.close()


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and path.name != ".lock"]


def the_file(root: Path) -> Path:
    (found,) = files(root)
    return found


def test_artifacts_outlive_their_server(opened, make) -> None:
    plan, trace = make({"a": 1}, tags=("x",)), make({"a": 2}, kind="trace")
    for artifact in (plan, trace):
        opened().put("default", artifact)
    store = opened()
    assert store.get("default", plan.id) == plan
    assert store.get("default", trace.id) == trace
    assert store.put("default", make({"a": 1}, kind="other")) == plan
    assert store.forget(before_ms=1e15) == 1
    assert len(files(store._root)) == 1
    assert opened().get("default", trace.id) is None


def test_files_are_their_owners_alone(opened, make, root) -> None:
    opened().put("default", make({"a": 1}))
    assert stat.S_IMODE(the_file(root).stat().st_mode) == 0o600
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_names_of_tenants_are_no_paths(opened, make, root, tmp_path) -> None:
    store = opened()
    for tenant in ("../../x", "/etc", ".", "..", "a/b", "a\0b", "x" * 64, "traces"):
        store.put(tenant, make({"of": tenant}))
    assert len(files(root)) == 8
    assert list(tmp_path.iterdir()) == [root]
    depths = {len(path.relative_to(root).parts) for path in files(root)}
    assert depths == {3}


def cut(data: bytes) -> bytes:
    return data[:-3]


def grown(data: bytes) -> bytes:
    return data + b" "


def content_changed(data: bytes) -> bytes:
    return data.replace(b"secret", b"public")


def tags_changed(data: bytes) -> bytes:
    return data.replace(b'"mine"', b'"ours"')


def emptied(_data: bytes) -> bytes:
    return b""


def other_record(data: bytes) -> bytes:
    """A whole record, of other content."""
    rest = data.partition(b"\n")[2].replace(b"secret", b"public")
    return b"orchqueue-artifact-1 %s\n%s" % (sha256(rest).hexdigest().encode(), rest)


def no_json(data: bytes) -> bytes:
    rest = b"{\n" + data.rpartition(b"\n")[2]
    return b"orchqueue-artifact-1 %s\n%s" % (sha256(rest).hexdigest().encode(), rest)


@pytest.mark.requirement("OC-CTRL-2069")
@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize(
    "change", [cut, grown, content_changed, tags_changed, emptied, other_record, no_json]
)
def test_a_damaged_record_is_never_given_and_can_be_mended(opened, make, root, change, reopened) -> None:
    one = make({"a": "secret"}, tags=("mine",))
    store = opened()
    store.put("default", one)
    path = the_file(root)
    path.write_bytes(change(path.read_bytes()))
    if reopened:
        store = opened()
    for _ in range(2):
        with pytest.raises(DamagedError):
            store.get("default", one.id)
    again = make({"a": "secret"}, kind="other", created_ms=9)
    assert store.put("default", again) == again
    assert store.get("default", one.id) == again
    assert opened().get("default", one.id) == again


@pytest.mark.requirement("OC-CTRL-2069")
def test_every_changed_byte_is_noticed(opened, make, root) -> None:
    one = make({"a": 1, "b": ["x", None]}, metadata={"k": 1})
    store = opened()
    store.put("default", one)
    path = the_file(root)
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(DamagedError):
            store.get("default", one.id)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedError):
            store.get("default", one.id)
    path.write_bytes(whole)
    assert store.get("default", one.id) == one


def test_a_file_that_someone_removed_is_not_there(opened, make, root) -> None:
    one = make({"a": 1})
    store = opened()
    store.put("default", one)
    the_file(root).unlink()
    assert store.get("default", one.id) is None
    assert store.put("default", one) == one
    assert store.get("default", one.id) == one


@pytest.mark.requirement("OC-CTRL-2078")
def test_a_root_that_was_removed_is_made_again(opened, make, root) -> None:
    store = opened()
    before, after = make({"n": 1}), make({"n": 2})
    store.put("default", before)
    shutil.rmtree(root)
    assert store.put("default", after) == after
    assert store.get("default", after.id) == after
    assert store.get("default", before.id) is None
    assert store.put("default", before) == before
    with pytest.raises(StoreError, match="another server"):
        FilesystemStore(root, ROOM)


@pytest.mark.requirement("OC-CTRL-2069")
@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename"])
def test_a_disk_that_fails_leaves_nothing(opened, make, root, monkeypatch, call) -> None:
    store = opened()
    first = make({"n": 1})
    store.put("default", first)

    def fail(*_arguments: object, **_options: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path if call == "rename" else os, call, fail)
        with pytest.raises(StoreError, match="No space left"):
            store.put("default", make({"n": 2}))
    assert store.get("default", make({"n": 2}).id) is None
    assert len(files(root)) == 1
    assert store.put("default", make({"n": 2})) == make({"n": 2})
    assert store.get("default", first.id) == first


def test_the_room_of_a_write_that_failed_is_free_again(opened, make, monkeypatch) -> None:
    store = opened(1000)

    def fail(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    for _ in range(20):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(StoreError):
                store.put("default", make({"x": "y" * 400}))
    store.put("default", make({"x": "y" * 400}))


def test_what_is_there_counts_after_a_restart(opened, make) -> None:
    store = opened(2000)
    store.put("default", make({"x": "y" * 1200}))
    with pytest.raises(FullError):
        opened(2000).put("default", make({"x": "z" * 1200}))
    # What is there stays, even when less would be allowed now.
    assert opened(10).get("default", make({"x": "y" * 1200}).id) is not None


def test_one_server_at_a_time(opened, root) -> None:
    opened()
    with pytest.raises(StoreError, match="another server"):
        FilesystemStore(root, ROOM)


def test_a_root_that_is_no_folder_is_refused(tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be used"):
        FilesystemStore(tmp_path / "file", ROOM)
    with pytest.raises(StoreError, match="cannot be used"):
        FilesystemStore(tmp_path / "file" / "below", ROOM)


WRITER = """
    import sys
    from pathlib import Path
    from orchestratord.core.artifacts import Artifact, canonical, content_id
    from orchestratord.stores import FilesystemStore

    store = FilesystemStore(Path(sys.argv[1]), 10**9)
    for number in range(10**9):
        content = canonical({"n": number, "x": "y" * 20_000})
        one = store.put("default", Artifact(content_id(content), "plan", content, 1))
        print(one.id, flush=True)
"""


@pytest.mark.requirement("OC-CTRL-2069")
def test_a_server_that_is_killed_leaves_whole_records(opened, root) -> None:
    for round_number in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(root)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(3 + round_number)]
        writer.send_signal(signal.SIGKILL)
        told += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.wait()
        writer.stdout.close()
        (root / "arriving" / "left").write_bytes(b"half")
        store = opened()
        for artifact_id in told:
            assert store.get("default", artifact_id) is not None
        kept = [path for path in files(root) if path.parent.name == "kept"]
        assert all(store.get("default", f"sha256:{path.name}") is not None for path in kept)
        assert not list((root / "arriving").iterdir())
        store.close()  # the next process needs the root
        for path in kept:
            path.unlink()
