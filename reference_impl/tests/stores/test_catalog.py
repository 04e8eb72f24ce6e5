"""The catalog on disk: what is answered as written is there, and what is damaged or full is told as such."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from orchestratord.core.catalog.models import Manifest, Model, ModelTrust, Registration, SbomRef, Signature
from orchestratord.core.catalog.states import ModelState
from orchestratord.stores import CatalogStore, StoreError
from orchestratord.stores.catalog import DATABASE, MIGRATIONS

DIGEST = f"sha256:{'a' * 64}"
MODEL = Model(
    Registration(
        "m",
        DIGEST,
        "file:///srv/models/m.gguf",
        (Manifest(DIGEST, 2**53 - 1),),
        ("t", "é"),
        (Signature("root", "ed25519", "AAAA"),),
        SbomRef("https://models.example/m.json", DIGEST),
        ModelTrust("strict", ("file:///srv",), None, True, ()),
    ),
    ModelState.CANARY,
    0.1,
)
LARGE = replace(MODEL, registration=replace(MODEL.registration, id="large", tags=("x" * 300_000,)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


@pytest.fixture
def opened(root: Path) -> Iterator[Callable[[], CatalogStore]]:
    stores: list[CatalogStore] = []

    def open_() -> CatalogStore:
        stores.append(CatalogStore(root))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def again(opened: Callable[[], CatalogStore], store: CatalogStore) -> list[Model]:
    """What another server finds there."""
    store.close()
    return opened().models()


def test_models_come_back_whole(opened) -> None:
    store = opened()
    deprecated = Model(replace(MODEL.registration, id="n"), ModelState.DEPRECATED, None, 1_700_000_000_000)
    store.put(MODEL)
    store.put(deprecated)
    assert again(opened, store) == [MODEL, deprecated]


def test_the_last_of_a_model_counts(opened) -> None:
    store = opened()
    store.put(MODEL)
    store.put(replace(MODEL, state=ModelState.ACTIVE, share=None))
    assert [model.state for model in again(opened, store)] == [ModelState.ACTIVE]


def test_what_is_removed_is_gone(opened) -> None:
    store = opened()
    store.put(MODEL)
    store.remove("m")
    store.remove("never")
    assert again(opened, store) == []


@pytest.mark.requirement("ORCH-3065")
def test_an_sbom_stays_as_long_as_a_model_refers_to_it(opened) -> None:
    store = opened()
    other = replace(MODEL, registration=replace(MODEL.registration, id="n"))
    bare = replace(MODEL, registration=replace(MODEL.registration, id="bare", sbom=None))
    store.put(MODEL, b"sbom")
    store.put(other)
    store.put(bare)
    store.remove("m")
    store.remove("bare")
    assert store.sbom(DIGEST) == b"sbom"
    store.remove("n")
    assert store.sbom(DIGEST) is None


def test_a_database_of_an_earlier_version_is_brought_on(opened, root) -> None:
    root.mkdir()
    with sqlite3.connect(root / DATABASE) as database:
        for statement in MIGRATIONS[0]:
            database.execute(statement)
        database.execute("PRAGMA user_version = 1")
        row = ("m", msgspec.json.encode(MODEL.registration), "Canary", 0.1, None)
        database.execute("INSERT INTO models VALUES (?, ?, ?, ?, ?)", row)
    database.close()
    assert opened().models() == [MODEL]


def test_files_are_their_owners_alone(opened, root) -> None:
    opened()
    assert root.stat().st_mode & 0o077 == 0


@pytest.mark.requirement("OC-CAT-4207")
def test_one_server_at_a_time(opened) -> None:
    opened()
    with pytest.raises(StoreError, match="another server"):
        opened()


@pytest.mark.requirement("OC-CAT-4207")
@pytest.mark.parametrize("place", ["head", "middle", "end"])
def test_a_damaged_database_is_told_when_it_is_opened(opened, root, place) -> None:
    store = opened()
    for number in range(64):
        store.put(
            replace(MODEL, registration=replace(MODEL.registration, id=f"m{number}", tags=("x" * 500,)))
        )
    store.close()
    file = root / DATABASE
    data = bytearray(file.read_bytes())
    at = {"head": 0, "middle": len(data) // 2, "end": len(data) - 2048}[place]
    data[at : at + 2048] = b"\xff" * 2048
    file.write_bytes(data)
    with pytest.raises(StoreError, match=DATABASE):
        opened().models()


@pytest.mark.requirement("OC-CAT-4207")
def test_a_row_that_is_no_model_is_told(opened, root) -> None:
    store = opened()
    store.put(MODEL)
    store.close()
    with sqlite3.connect(root / DATABASE) as database:
        database.execute("UPDATE models SET registration = ?", (b'{"id": 1}',))
    database.close()
    with pytest.raises(StoreError, match="no model"):
        opened().models()


@pytest.mark.requirement("OC-CAT-4207")
def test_a_database_of_a_later_version_is_left_alone(opened, root) -> None:
    opened().close()
    with sqlite3.connect(root / DATABASE) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = (root / DATABASE).read_bytes()
    with pytest.raises(StoreError, match="version 99"):
        opened()
    assert (root / DATABASE).read_bytes() == before


@pytest.fixture
def full_disk(root: Path) -> Iterator[None]:
    """A small file system, where this machine lets one be mounted; else files that may not grow."""
    root.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", root], check=False, capture_output=True
    )
    if mounted.returncode == 0:
        yield
        subprocess.run(["umount", root], check=True)
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.requirement("OC-CAT-4207")
def test_a_full_disk_leaves_everything_as_it_was(full_disk, root) -> None:
    store = CatalogStore(root)
    try:
        store.put(MODEL)
        with pytest.raises(StoreError, match="make room"):
            store.put(LARGE)
        assert store.models() == [MODEL]
        # What needs little room is written as ever.
        store.put(replace(MODEL, state=ModelState.ACTIVE))
        store.close()
        store = CatalogStore(root)
        assert [model.state for model in store.models()] == [ModelState.ACTIVE]
    finally:
        store.close()


@pytest.fixture
def sealed(root: Path) -> Iterator[Callable[[], None]]:
    """Has what is in the root be read only: by a mount, or for who may not mount by its mode."""
    root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def seal() -> None:
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", root], check=True)
        else:
            for path in (*root.iterdir(), root):
                path.chmod(0o500 if path.is_dir() else 0o400)

    yield seal
    if mounted:
        subprocess.run(["umount", root], check=True)
    else:
        root.chmod(0o700)


@pytest.mark.requirement("OC-CAT-4207")
def test_a_folder_that_may_only_be_read_is_told_with_its_path(sealed, root) -> None:
    store = CatalogStore(root)
    store.put(MODEL)
    store.close()
    sealed()
    with pytest.raises(StoreError, match=str(root)):
        CatalogStore(root)


@pytest.mark.requirement("OC-CAT-4207")
def test_a_folder_that_takes_no_files_is_told_with_its_path(tmp_path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(StoreError, match=str(file)):
        CatalogStore(file / "catalog")


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from orchestratord.core.catalog.models import Manifest, Model, Registration
from orchestratord.stores import CatalogStore

store = CatalogStore(Path(sys.argv[1]))
for number in range(10_000):
    store.put(Model(Registration(f"m{number:05}", "d", "file:///", (Manifest("d", number),))))
    print(number, flush=True)
"""


@pytest.mark.requirement("OC-CAT-4207")
def test_a_server_that_is_killed_has_all_that_it_answered(opened, root) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.stdout.readlines()
    writer.stdout.close()
    writer.wait()
    there = [model.id for model in opened().models()]
    answered = [f"m{int(line):05}" for line in said if line.endswith("\n")]
    assert there[: len(answered)] == answered
    assert len(there) <= len(answered) + 1
