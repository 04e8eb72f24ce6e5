"""Both stores, and artifacts to put into them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestratord.core.artifacts import Artifact, canonical, content_id
from orchestratord.stores import ArtifactStore, FilesystemStore, MemoryStore

ROOM = 100_000

Open = Callable[..., ArtifactStore]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where files go."""
    return tmp_path / "artifacts"


@pytest.fixture(params=["memory", "filesystem"])
def open_store(request: pytest.FixtureRequest, root: Path) -> Iterator[Open]:
    """Open a store with so much room; it is closed in the end."""
    opened: list[ArtifactStore] = []

    def make(max_bytes: int = ROOM) -> ArtifactStore:
        store = MemoryStore(max_bytes) if request.param == "memory" else FilesystemStore(root, max_bytes)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> ArtifactStore:
    """A store with room."""
    return open_store()


@pytest.fixture(scope="session")
def make() -> Callable[..., Artifact]:
    """Make an artifact of a content."""

    def artifact(
        content: Any, kind: Any = "plan", created_ms: int = 1_700_000_000_000, **more: Any
    ) -> Artifact:
        data = canonical(content)
        return Artifact(content_id(data), kind, data, created_ms, **more)

    return artifact
