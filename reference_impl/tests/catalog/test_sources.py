"""What lies in registries, and the files that are kept: nothing from outside, nothing wrong, not too much."""

import os
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestratord.catalog import Cache, Source, SourceError
from orchestratord.core.catalog.models import Manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "registry"
    path.mkdir()
    (path / "file").write_bytes(b"content")
    (tmp_path / "secret").write_bytes(b"secret")
    return path


class _Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        there = {"/in/file": b"content", "/out/file": b"secret"}
        if self.path.startswith("/in/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/in/to"))
            self.end_headers()
            return
        body = there.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Nothing is written to the terminal."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_are_read(folder) -> None:
    assert Source((folder.as_uri(),)).whole((folder / "file").as_uri(), 7) == b"content"


def test_pages_are_read(url) -> None:
    assert Source((f"{url}/in",)).whole(f"{url}/in/file", 7) == b"content"
    assert Source((f"{url}/in",)).whole(f"{url}/in/to/in/file", 7) == b"content"


@pytest.mark.requirement("ORCH-3063")
def test_what_is_elsewhere_is_not_read(folder, url, tmp_path) -> None:
    (folder / "link").symlink_to(tmp_path / "secret")
    source = Source((folder.as_uri(), f"{url}/in"))
    for wanted in (
        (tmp_path / "secret").as_uri(),
        f"{folder.as_uri()}/../secret",
        f"{folder.as_uri()}/%2e%2e/secret",
        (folder / "link").as_uri(),
        f"{url}/out/file",
        f"{url}/in/../out/file",
        f"{url}/in/to/out/file",
        f"{url}/in/to/{folder.as_uri()}/file",
    ):
        with pytest.raises(SourceError):
            source.whole(wanted, 100)


def test_what_cannot_be_had_is_told(folder, url) -> None:
    os.mkfifo(folder / "pipe")
    source = Source((folder.as_uri(), url, "http://127.0.0.1:1"))
    for wanted, why in (
        ((folder / "none").as_uri(), "No such file"),
        ((folder / "pipe").as_uri(), "no file"),
        (folder.as_uri(), "no file"),
        (f"{url}/none", "answered with 404"),
        ("http://127.0.0.1:1/x", "cannot be read"),
        ((folder / "file").as_uri(), "more than 6 bytes"),
    ):
        with pytest.raises(SourceError, match=why):
            source.whole(wanted, 6)


def test_who_is_not_waited_for_ends(folder) -> None:
    with pytest.raises(SourceError, match="stops"):
        Source((folder.as_uri(),), lambda: True).whole((folder / "file").as_uri(), 7)


def manifest(content: bytes, size: int | None = None) -> Manifest:
    return Manifest(f"sha256:{sha256(content).hexdigest()}", len(content) if size is None else size)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 100)


@pytest.mark.requirement("ORCH-3042")
@pytest.mark.requirement("OC-CAT-4209")
def test_a_good_file_is_kept(cache) -> None:
    content = b"x" * 60
    checked = cache.take(manifest(content), [content[:10], content[10:]])
    assert checked.good
    assert checked.kept is not None
    assert checked.kept.read_bytes() == content
    assert cache.find(manifest(content)) == checked.kept


@pytest.mark.requirement("OC-CAT-4208")
@pytest.mark.parametrize(
    ("told", "pieces"),
    [
        (manifest(b"content"), [b"another"]),
        (manifest(b"content"), [b"conten"]),
        (manifest(b"content"), [b"content", b"!"]),
        (manifest(b"content"), []),
        (manifest(b"content", 8), [b"content"]),
    ],
)
def test_a_file_that_is_not_what_was_told_is_bad_and_not_kept(cache, told, pieces, tmp_path) -> None:
    checked = cache.take(told, pieces)
    assert (checked.good, checked.kept) == (False, None)
    assert cache.used_bytes == 0
    assert list((tmp_path / "cache/arriving").iterdir()) == []


def test_an_endless_file_ends_with_its_size(cache) -> None:
    def endless() -> Iterator[bytes]:
        for number in range(1_000):
            assert number < 20, "it is read on and on"
            yield b"x" * 10

    assert not cache.take(manifest(b"x" * 50), endless()).good


@pytest.mark.requirement("ORCH-3042")
@pytest.mark.requirement("OC-CAT-4209")
def test_what_was_used_longest_ago_makes_room(cache) -> None:
    first, second, third = (bytes([65 + number]) * 40 for number in range(3))
    for content, used_ns in ((first, 1), (second, 2)):
        kept = cache.take(manifest(content), [content]).kept
        os.utime(kept, ns=(used_ns, used_ns))
    assert cache.find(manifest(first)) is not None  # which is a use of it
    assert cache.take(manifest(third), [third]).kept is not None
    assert cache.find(manifest(second)) is None
    assert cache.find(manifest(first)) is not None
    assert cache.used_bytes == 80


@pytest.mark.requirement("OC-CAT-4209")
def test_a_file_that_never_fits_is_verified_and_takes_nobody_s_place(cache) -> None:
    small, large = b"s" * 40, b"l" * 101
    cache.take(manifest(small), [small])
    checked = cache.take(manifest(large), [large])
    assert (checked.good, checked.kept) == (True, None)
    assert cache.find(manifest(small)) is not None


@pytest.mark.requirement("OC-CAT-4209")
def test_a_disk_that_takes_no_more_is_no_reason_to_trust_less(cache, tmp_path, monkeypatch) -> None:
    content = b"content"
    (tmp_path / "cache/arriving").rmdir()
    assert cache.take(manifest(content), [content]) == type(cache.take(manifest(content), [content]))(
        True, None
    )


@pytest.mark.requirement("OC-CAT-4209")
def test_a_kept_file_that_was_changed_is_given_up(cache) -> None:
    content = b"content"
    kept = cache.take(manifest(content), [content]).kept
    kept.write_bytes(b"CONTENT")
    assert cache.find(manifest(content)) is None
    assert not kept.exists()


def test_what_a_crash_left_is_removed(cache, tmp_path) -> None:
    (tmp_path / "cache/arriving/half").write_bytes(b"half")
    Cache(tmp_path / "cache", 100)
    assert list((tmp_path / "cache/arriving").iterdir()) == []


def test_a_source_that_fails_leaves_nothing(cache, tmp_path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"con"
        raise SourceError("it broke off")

    with pytest.raises(SourceError):
        cache.take(manifest(b"content"), failing())
    assert list((tmp_path / "cache/arriving").iterdir()) == []
