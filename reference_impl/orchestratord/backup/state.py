"""What a server keeps: the configuration, artifacts, and the catalog's database; how it gets into an
archive, and from there back into its folders.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestratord.backup.archive import ArchiveError, contents, verified, writing
from orchestratord.flow.files import replace_file, sync
from orchestratord.flow.pid_file import running
from orchestratord.settings import Settings, read_settings
from orchestratord.stores.catalog import DATABASE

CONFIG = "config"
LOCK = ".lock"
FOLDER_MODE = 0o700
OF_ARTIFACTS = ("traces", "kept")


class StateError(Exception):
    """What stands in the way of a backup or a restore; the message names it."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a server by their names in an archive; those that its configuration has."""

    folders: Mapping[str, Path]
    pid_file: Path | None


def places(settings: Settings) -> Places:
    """Where a server of these settings keeps what outlives it."""
    plan = settings.service
    folders = {
        "artifacts": plan.artifacts.root,
        "catalog": None if plan.catalog is None else plan.catalog.root,
    }
    return Places({name: root for name, root in folders.items() if root is not None}, settings.pid_file)


def back_up(config: Path, settings: Settings, archive: Path) -> int:
    """Write an archive of all that a server keeps, which may run; answers how many files that is.

    Raises StateError, and OSError.
    """
    # OC-OPS-8005
    with writing(archive) as writer:
        writer.add(CONFIG, config.read_bytes())
        for name, root in places(settings).folders.items():
            if name == "catalog":
                data = _database(root / DATABASE)
                if data is not None:
                    writer.add(f"{name}/{DATABASE}", data)
                continue
            for path in _records(root):
                try:
                    data = path.read_bytes()
                except FileNotFoundError:
                    continue  # its time had passed
                writer.add(f"{name}/{path.relative_to(root).as_posix()}", data)
        writer.finish(datetime.now(UTC).isoformat(timespec="seconds"))
        return len(writer.entries)


def restore(archive: Path, config: Path, environment: Mapping[str, str]) -> list[Path]:
    """Bring back what an archive has, whole or not at all: into the folders of the configuration, which is
    that of the archive where there is none. Answers what it has made.

    Raises ArchiveError, StateError, ConfigurationError, and OSError.
    """
    names = verified(archive)
    if CONFIG not in names:
        raise ArchiveError(f"{archive}: has no configuration in it")
    given = None if config.exists() else next(data for name, data in contents(archive) if name == CONFIG)
    there = places(read_settings(config, environment, data=given))
    if there.pid_file is not None and running(there.pid_file):
        raise StateError(f"{there.pid_file}: a server runs; stop it first")
    with ExitStack() as stack:
        for root in there.folders.values():
            stack.enter_context(_held_empty(root))
        staged = {name: Path(stack.enter_context(_beside(root))) for name, root in there.folders.items()}
        for name, data in contents(archive):
            _place(name, data, staged)
        return _switch(there.folders, staged, config, given)


def _place(name: str, data: bytes, staged: Mapping[str, Path]) -> None:
    folder, _, rest = name.partition("/")
    if name == CONFIG:
        return
    if folder not in staged:
        raise StateError(f"the backup has {folder}, and the configuration has no folder for it")
    path = staged[folder] / rest
    path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o600)
    sync(path)


def _switch(
    folders: Mapping[str, Path], staged: Mapping[str, Path], config: Path, given: bytes | None
) -> list[Path]:
    """Put all in its place; what was put there goes again when the next cannot be."""
    undo: list[Callable[[], None]] = []
    try:
        for name, root in folders.items():
            for path in sorted(staged[name].iterdir()):
                target = root / path.name
                path.rename(target)
                undo.append(lambda target=target: _remove(target))  # type: ignore[misc]
            sync(root)
        if given is not None:
            replace_file(config, given)
    except BaseException:
        for step in reversed(undo):
            step()
        raise
    return [*folders.values(), *([config] if given is not None else [])]


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _held_empty(root: Path) -> Iterator[None]:
    """A folder in which nothing is kept, held as a server holds it. Raises StateError."""
    root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    hold = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"{root}: a server keeps its state there; stop it first") from None
        if any(path.is_file() and path.name != LOCK for path in root.rglob("*")):
            raise StateError(f"{root}: is not empty; move away what is in it first")
        for path in root.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        yield
    finally:
        os.close(hold)


@contextmanager
def _beside(root: Path) -> Iterator[str]:
    """A folder on the same disk, which is gone afterwards with what is still in it."""
    with TemporaryDirectory(prefix=f".{root.name}.", dir=root.parent) as folder:
        yield folder


def _records(root: Path) -> Iterator[Path]:
    """The records of artifacts, which never change once they are there."""
    for kind in OF_ARTIFACTS:
        yield from sorted(path for path in root.glob(f"*/{kind}/*") if path.is_file())


def _database(path: Path) -> bytes | None:
    """The catalog as it is at one moment, whoever writes to it meanwhile; None where there is none."""
    if not path.exists():
        return None
    try:
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            source.backup(copy)
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise StateError(f"{path}: is damaged ({found})")
            return copy.serialize()
    except sqlite3.Error as error:
        raise StateError(f"{path}: cannot be read ({error})") from None
