"""What is asked of an engine over connections that end, stay silent or speak something else."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from orchestratord.adapters import AdapterPlan
from orchestratord.adapters.connection import MAX_HEAD_BYTES, MAX_UNREAD_BYTES
from orchestratord.adapters.link import EngineLink
from orchestratord.core.engine_failures import EngineFailure, FailureKind

SHORT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nok"
CUT = b""


class Speaker:
    """Answers requests, one after the other, with given bytes; empty ones close the connection unanswered."""

    def __init__(self, answers: Sequence[bytes], *, hang_up: bool) -> None:
        self._answers = list(answers)
        self._hang_up = hang_up
        self.heard: list[str] = []
        self.users: list[str] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                length = next((int(one[15:]) for one in lines if one.lower().startswith("content-length")), 0)
                await reader.readexactly(length)
                self.heard.append(lines[0])
                self.users += [line for line in lines if line.startswith("Authorization: ")]
                answer = self._answers.pop(0)
                writer.write(answer)
                if self._hang_up or not answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def play(
    answers: Sequence[bytes],
    scene: Callable[[EngineLink, Speaker], Awaitable[None]],
    *,
    hang_up: bool = False,
    path: str = "",
    user: str = "",
    api_key: str | None = None,
) -> None:
    """Ask a speaker; nothing may be left behind."""

    async def run() -> None:
        speaker = Speaker(answers, hang_up=hang_up)
        server = await asyncio.start_server(speaker.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://{user}localhost:{port}{path}"
        link = EngineLink(AdapterPlan(url, connect_ms=30_000, probe_ms=30_000, api_key=api_key))
        async with server:
            await scene(link, speaker)
            await link.close()

    asyncio.run(run())


async def posted(link: EngineLink) -> tuple[int, bytes]:
    async with link.post("/p", {"a": 1}) as answer:
        return answer.status, b"".join([part async for part in answer])


def test_a_connection_serves_one_question_after_the_other() -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        for _ in range(3):
            assert await link.ask("/q?a=b c") == (200, b"ok")
        assert speaker.heard == ["GET /base/q?a=b%20c HTTP/1.1"] * 3
        assert speaker.connections == 1

    play([SHORT] * 3, scene, path="/base/")


def test_a_question_whose_kept_connection_has_gone_is_asked_anew() -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        assert await link.ask("/a") == (200, b"ok")
        assert await link.ask("/b") == (200, b"ok")
        assert [line.split()[1] for line in speaker.heard] == ["/a", "/b", "/b"]

    play([SHORT, CUT, SHORT], scene)


def test_what_may_have_been_worked_on_is_not_asked_anew() -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        assert await posted(link) == (200, b"ok")
        with pytest.raises(EngineFailure) as failure:
            await posted(link)
        assert failure.value.kind is FailureKind.BROKEN
        assert len(speaker.heard) == 2

    play([SHORT, CUT, SHORT], scene)


def test_what_is_begun_goes_over_a_connection_that_was_kept_or_not_at_all() -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        assert link.begin("/p", {"a": 1}) is None
        await link.ask("/q")
        begun = link.begin("/p", {"a": 1})
        assert begun is not None
        assert link.begin("/p", {"a": 1}) is None
        async with link.post("/p", {"a": 1}, begun=begun) as answer:
            assert (answer.status, [part async for part in answer]) == (200, [b"ok"])
        assert speaker.heard == ["GET /base/q HTTP/1.1", "POST /base/p HTTP/1.1"]
        assert speaker.connections == 1

    play([SHORT] * 2, scene, path="/base")


def test_nothing_is_begun_over_a_connection_that_is_being_given_up(monkeypatch) -> None:
    monkeypatch.setattr("orchestratord.adapters.origin.KEEP_ALIVE_S", 0)

    async def scene(link: EngineLink, _speaker: Speaker) -> None:
        await link.ask("/q")
        await asyncio.sleep(0)  # now its time is over, and nobody has heard yet that it is closed
        assert link.begin("/p", {"a": 1}) is None

    play([SHORT], scene)


def test_a_question_that_is_never_answered_is_not_asked_for_ever() -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        assert await link.ask("/a") == (200, b"ok")
        with pytest.raises(EngineFailure) as failure:
            await link.ask("/b")
        assert failure.value.kind is FailureKind.UNREACHABLE
        assert len(speaker.heard) == 3

    play([SHORT, CUT, CUT, SHORT], scene)


@pytest.mark.parametrize(
    ("answer", "hang_up", "body"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + SHORT, False, b"ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", True, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\n", True, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", False, b"ok"),
    ],
    ids=["after an interim one", "without a length", "empty", "in chunks"],
)
def test_an_answer_may_be_framed_in_any_way(answer, hang_up, body) -> None:
    async def scene(link: EngineLink, _: Speaker) -> None:
        assert await posted(link) == (200, body)

    play([answer], scene, hang_up=hang_up)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2 * MAX_HEAD_BYTES,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=["short of its length", "amid its chunks", "amid its head", "endless head", "upgrade", "no HTTP"],
)
def test_an_answer_that_is_not_whole_is_a_failure(answer) -> None:
    async def scene(link: EngineLink, _: Speaker) -> None:
        with pytest.raises(EngineFailure) as failure:
            await posted(link)
        assert failure.value.kind is FailureKind.BROKEN

    play([answer], scene, hang_up=True)


def test_who_reads_too_slowly_is_not_drowned() -> None:
    size = 16 * 1024 * 1024
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size

    async def scene(link: EngineLink, _: Speaker) -> None:
        heard, longest = 0, 0
        async with link.post("/p", {}) as one:
            while one.unread <= MAX_UNREAD_BYTES:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
            async for part in one:
                heard += len(part)
                longest = max(longest, len(part))
        assert heard == size
        assert longest < size / 4

    play([answer], scene)


@pytest.mark.parametrize(
    ("user", "key", "told"),
    [
        ("", None, []),
        ("", "k", ["Authorization: Bearer k"]),
        ("me:p%40ss@", None, ["Authorization: Basic bWU6cEBzcw=="]),
        ("me@", "k", ["Authorization: Basic bWU6"]),
    ],
)
def test_an_engine_is_told_who_asks(user, key, told) -> None:
    async def scene(link: EngineLink, speaker: Speaker) -> None:
        await link.ask("/")
        assert speaker.users == told

    play([SHORT], scene, user=user, api_key=key)


@pytest.mark.parametrize("url", ["http://[", "http://host:port", "http://" + "a" * 70 + ".b"])
def test_what_is_no_address_cannot_be_reached(url) -> None:
    async def scene() -> None:
        with pytest.raises(EngineFailure) as failure:
            await EngineLink(AdapterPlan(url, connect_ms=1000, probe_ms=1000)).ask("/")
        assert failure.value.kind is FailureKind.UNREACHABLE

    asyncio.run(scene())
