"""Digests of models' files: right, reckoned once, and never of a file that was changed meanwhile."""

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestratord.service.digests import KEPT, ModelDigests
from orchestratord.workers import ModelFileError, identify, sha256_of


class Reader:
    """Counts what is read, and may do something while a file is read."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.read: list[str] = []
        self._meanwhile = meanwhile

    def __call__(self, path: str, unwanted: Callable[[], bool]) -> str:
        self.read.append(path)
        digest = sha256_of(path, unwanted)
        self._meanwhile()
        return digest


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights" * 1_000)
    return path


def rewrite(model: Path) -> None:
    model.write_bytes(b"others")


def remove(model: Path) -> None:
    model.unlink()


def put_pipe(model: Path) -> None:
    model.unlink()
    os.mkfifo(model)


def run(reader: Reader, body: Callable[[ModelDigests], object]) -> None:
    async def main() -> None:
        digests = ModelDigests(digest=reader)
        try:
            await body(digests)
        finally:
            await digests.close()

    asyncio.run(main())


async def digest_of(digests: ModelDigests, path: Path) -> str | None:
    return await digests.of(str(path), await digests.identity(str(path)))


@pytest.mark.requirement("ORCH-3032")
def test_it_is_the_sha256_of_the_content(model: Path) -> None:
    wanted = "sha256:" + hashlib.sha256(model.read_bytes()).hexdigest()

    async def body(digests: ModelDigests) -> None:
        assert await digest_of(digests, model) == wanted

    run(Reader(), body)


def test_a_file_is_read_once_whoever_asks(model: Path) -> None:
    reader = Reader()

    async def body(digests: ModelDigests) -> None:
        both = await asyncio.gather(digest_of(digests, model), digest_of(digests, model))
        assert both[0] == both[1] == await digest_of(digests, model)
        os.link(model, model.with_name("other"))
        assert await digest_of(digests, model.with_name("other")) == both[0]

    run(reader, body)
    assert reader.read == [str(model)]


def test_a_file_that_was_changed_is_read_again(model: Path) -> None:
    reader = Reader()

    async def body(digests: ModelDigests) -> None:
        before = await digest_of(digests, model)
        rewrite(model)
        assert await digest_of(digests, model) != before
        os.utime(model, ns=(1, 1))
        await digest_of(digests, model)

    run(reader, body)
    assert len(reader.read) == 3


def test_a_file_that_is_changed_while_it_is_read_has_no_digest(model: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        with pytest.raises(ModelFileError, match="was changed while it was read"):
            await digest_of(digests, model)

    run(Reader(lambda: rewrite(model)), body)


def test_what_cannot_be_read_says_why(model: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        identity = await digests.identity(str(model))
        remove(model)
        with pytest.raises(ModelFileError, match=r"model\.gguf cannot be read \(No such file"):
            await digests.of(str(model), identity)
        with pytest.raises(ModelFileError, match=r"cannot be read \(No such file"):
            await digests.identity(str(model))
        with pytest.raises(ModelFileError, match="cannot be read"):
            sha256_of(str(model.parent))

    run(Reader(), body)


@pytest.mark.requirement("OC-POOL-3042")
def test_what_cannot_be_opened_has_no_identity(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str, *_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "open", denied)  # root may open everything
    for path in (model, model.parent):
        with pytest.raises(ModelFileError, match=rf"{path.name} cannot be read \(Permission denied\)"):
            identify(str(path))


@pytest.mark.requirement("OC-POOL-3042")
def test_a_folder_whose_files_cannot_be_reached_has_no_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def denied(path: str, *, dir_fd: int | None = None, **more: bool) -> os.stat_result:
        if dir_fd is None:
            return real(path, **more)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "stat", denied)
    with pytest.raises(ModelFileError, match=r"cannot be read \(Permission denied\)"):
        identify(str(tmp_path))


def test_what_is_neither_a_file_nor_a_folder_has_no_identity_and_nobody_waits_for_it(model: Path) -> None:
    pipe = model.with_name("pipe")
    os.mkfifo(pipe)
    for path in (str(pipe), "/dev/null"):
        with pytest.raises(ModelFileError, match="neither a file nor a folder"):
            identify(path)


def test_a_pipe_in_a_files_place_holds_nobody_up(model: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        identity = await digests.identity(str(model))
        put_pipe(model)
        with pytest.raises(ModelFileError, match="neither a file nor a folder"):
            await digests.of(str(model), identity)

    run(Reader(), body)


def test_a_folder_has_none(tmp_path: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        assert await digest_of(digests, tmp_path) is None

    run(Reader(), body)


def test_one_who_waits_and_leaves_takes_nothing_from_the_other(model: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        identity = identify(str(model))
        leaves = asyncio.create_task(digests.of(str(model), identity))
        stays = asyncio.create_task(digests.of(str(model), identity))
        await asyncio.sleep(0)
        leaves.cancel()
        assert await stays is not None
        assert leaves.cancelled()

    run(Reader(), body)


def test_closing_ends_what_is_reckoned(model: Path) -> None:
    model.write_bytes(b"")
    os.truncate(model, 64 * 1024**3)  # a hole that would take a minute to read

    begun = threading.Event()

    def digest(path: str, unwanted: Callable[[], bool]) -> str:
        begun.set()
        return sha256_of(path, unwanted)

    async def main() -> None:
        digests = ModelDigests(digest=digest)
        waits = asyncio.create_task(digest_of(digests, model))
        await asyncio.to_thread(begun.wait)
        await digests.close()
        with pytest.raises(asyncio.CancelledError):
            await waits

    asyncio.run(main())


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    async def body(digests: ModelDigests) -> None:
        for number in range(KEPT + 5):
            path = tmp_path / str(number)
            path.write_text(str(number))
            await digest_of(digests, path)
        assert len(digests._known) == KEPT

    run(Reader(), body)
