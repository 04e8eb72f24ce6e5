"""The models of the catalog in an embedded database: `ROOT/catalog.sqlite3`, in WAL mode.

What is answered as written is on the disk, whole or not at all. One server at a time uses a root.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from orchestratord.core.catalog.models import Model, Registration, Verification
from orchestratord.core.catalog.states import ModelState
from orchestratord.stores.errors import StoreError

DATABASE = "catalog.sqlite3"
FOLDER_MODE = 0o700
FILE_MODE = 0o600

# Each brings a database of the version that is its place to the next one. None is ever changed.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
    CREATE TABLE models (
        id TEXT PRIMARY KEY NOT NULL,
        registration BLOB NOT NULL,
        state TEXT NOT NULL,
        share REAL,
        deadline_unix_ms INTEGER
    ) STRICT
    """,
    ),
    (
        "ALTER TABLE models ADD COLUMN verification BLOB",
        "CREATE TABLE sboms (digest TEXT PRIMARY KEY NOT NULL, content BLOB NOT NULL) STRICT",
    ),
    ("ALTER TABLE models ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",),
)

_DAMAGED = "; restore it from a backup"
_ADVICE = {
    sqlite3.SQLITE_FULL: "; make room",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


class CatalogStore:
    """The models of one root. Calls may come from any thread, and each may wait for the disk."""

    def __init__(self, root: Path) -> None:
        """Open a root, or make it. Raises StoreError when it cannot be used, or is damaged."""
        self._root = root
        self._lock = threading.Lock()
        try:
            root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            self._hold = os.open(root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise StoreError(f"{root}: cannot be used for the catalog ({error.strerror or error})") from error
        try:
            self._take_hold()
            self._database = self._open()
        except BaseException:
            os.close(self._hold)
            raise

    def models(self) -> list[Model]:
        """All models, the one that was changed last at the end, without the deadlines of the service's clock.

        Raises StoreError.
        """
        with self._failing("read"):
            rows = self._database.execute(
                "SELECT registration, state, share, deadline_unix_ms, verification"
                " FROM models ORDER BY changed"
            ).fetchall()
        try:
            return [_model(*row) for row in rows]
        except (msgspec.DecodeError, ValueError) as error:
            raise StoreError(f"{self._root / DATABASE}: holds what is no model ({error})") from error

    def sbom(self, digest: str) -> bytes | None:
        """The SBOM of this digest, where it was kept. Raises StoreError."""
        with self._failing("read"):
            row = self._database.execute("SELECT content FROM sboms WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, model: Model, sbom: bytes | None = None) -> None:
        """Keep a model as it is now, and its SBOM where that is given. Raises StoreError, after which all is
        as it was.
        """
        values = (
            model.id,
            msgspec.json.encode(model.registration),
            model.state.value,
            model.share,
            model.deadline_unix_ms,
            None if model.verification is None else msgspec.json.encode(model.verification),
        )
        with self._writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, "
                "(SELECT coalesce(max(changed), 0) + 1 FROM models))",
                values,
            )
            if sbom is not None and model.registration.sbom is not None:
                digest = model.registration.sbom.digest
                database.execute("INSERT OR IGNORE INTO sboms VALUES (?, ?)", (digest, sbom))

    def remove(self, model_id: str) -> None:
        """Keep a model no more, and no SBOM that is only its. Raises StoreError, after which all is as it
        was.
        """
        with self._writing() as database:
            database.execute("DELETE FROM models WHERE id = ?", (model_id,))
            database.execute(
                "DELETE FROM sboms WHERE digest NOT IN (SELECT coalesce("
                "json_extract(CAST(registration AS TEXT), '$.sbom.digest'), '') FROM models)"
            )

    def close(self) -> None:
        """Give up what is held open. Closing twice does nothing."""
        hold, self._hold = self._hold, -1
        if hold >= 0:
            with self._lock:
                self._database.close()
            os.close(hold)

    def _take_hold(self) -> None:
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"{self._root}: another server keeps its catalog there") from None

    def _open(self) -> sqlite3.Connection:
        with self._failing("opened"):
            # Transactions are begun and ended here alone.
            database = sqlite3.connect(self._root / DATABASE, isolation_level=None, check_same_thread=False)
            try:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                self._check(database)
                self._migrate(database)
            except BaseException:
                database.close()
                raise
        return database

    def _check(self, database: sqlite3.Connection) -> None:
        """Find damage now rather than when a model is asked for."""
        # OC-CAT-4207
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{self._root / DATABASE}: is damaged ({found})")

    def _migrate(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self._root / DATABASE}: has version {version}, and this server knows {len(MIGRATIONS)}"
            )
        for number, migration in enumerate(MIGRATIONS[version:], version + 1):
            with _transaction(database):
                for statement in migration:
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._failing("written"), self._lock, _transaction(self._database):
            yield self._database

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")
            raise StoreError(f"{self._root / DATABASE}: cannot be {what} ({error}){advice}") from error


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of it, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # SQLite may have ended it by itself, when a disk is full, say.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _model(
    registration: bytes, state: str, share: float | None, deadline_unix_ms: int | None, verified: bytes | None
) -> Model:
    """A row as a model. Raises msgspec.DecodeError and ValueError."""
    return Model(
        msgspec.json.decode(registration, type=Registration),
        ModelState(state),
        share,
        deadline_unix_ms,
        None if verified is None else msgspec.json.decode(verified, type=Verification),
    )
