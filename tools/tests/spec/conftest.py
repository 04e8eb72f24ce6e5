"""Small specs to read: a whole requirement in one call, a tree in another."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchqueue.spec import Specs, load_texts

Write = Callable[..., Path]
Read = Callable[..., Specs]


@pytest.fixture
def read() -> Read:
    """Read specs given by file name; a single text is `10-core.md`."""

    def of(text: str = "", **files: str) -> Specs:
        texts = {"10-core": text} if text else {}
        texts |= {name.removeprefix("_").replace("_", "-"): body for name, body in files.items()}
        return load_texts({f".specs/{name}.md": body for name, body in sorted(texts.items())})

    return of


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files under a fresh root; names are paths relative to it."""

    def of(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return of
