"""Requests of tools as they are made: against a server on loopback that notes what reaches it."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from orchestratord.core.errors import ConfigurationError
from orchestratord.core.rate_limits import Rate
from orchestratord.policy import ToolPlan
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.tools import (
    ToolDeniedError,
    ToolFailedError,
    ToolGate,
    ToolRequest,
    ToolResponse,
)
from orchestratord.policy.tools.net import PublicResolver

from .conftest import Open, tool_wat

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


class Scene:
    """A gate, the server behind it, and what both have noted."""

    def __init__(self, gate: ToolGate, url: str, app: web.Application, audit: list[Any]) -> None:
        self.gate = gate
        self.url = url
        self.seen: list[tuple[str, bytes]] = app[SEEN]
        self.arrived = app[ARRIVED]
        self.audit = audit

    async def ask(self, path: str = "/text", **more: Any) -> ToolResponse:
        return await self.gate.request(ToolRequest("weather", "c-1", self.url + path, **more))

    async def denied(self, path: str = "/text", **more: Any) -> str:
        with pytest.raises(ToolDeniedError) as caught:
            await self.ask(path, **more)
        assert self.audit[-1]["outcome"] == "denied"
        assert self.audit[-1]["rule"] == caught.value.rule
        return caught.value.rule


Play = Callable[[Scene], Coroutine[Any, Any, None]]


async def _served(request: web.Request) -> web.StreamResponse:
    seen: list[tuple[str, bytes]] = request.app[SEEN]
    seen.append((request.path_qs, await request.read()))
    match request.path:
        case "/text":
            return web.Response(text="the key is sk-abc, the name is Ann")
        case "/image":
            return web.Response(body=b"\x89PNG", content_type="image/png")
        case "/bytes":
            return web.Response(body=b"\xff\xfe", content_type="text/plain")
        case "/large":
            return web.Response(text="x" * 5000)
        case "/packed":
            answer = web.Response(text="x" * 500)
            answer.enable_compression(web.ContentCoding.gzip)
            answer.headers["Content-Encoding"] = "gzip"
            return answer
        case "/elsewhere":
            raise web.HTTPFound("http://127.0.0.1:1/")
        case "/slow":
            request.app[ARRIVED].set()
            await asyncio.sleep(30)
    return web.Response(status=204)


ARRIVED = web.AppKey("arrived", asyncio.Event)
SEEN = web.AppKey("seen", list)


def play(scene: Play, host: PolicyHost, plan: ToolPlan, audit: Callable[[Any], None] | None = None) -> None:
    async def whole() -> None:
        app = web.Application()
        app[SEEN], app[ARRIVED] = [], asyncio.Event()
        app.router.add_route("*", "/{path:.*}", _served)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        lines: list[Mapping[str, Any]] = []
        gate = ToolGate(
            replace(plan, allow_domains=(f"127.0.0.1:{port}", "*.invalid")), host, audit or lines.append
        )
        try:
            await scene(Scene(gate, f"http://127.0.0.1:{port}", app, lines))
        finally:
            await gate.close()
            await runner.cleanup()

    asyncio.run(whole())


BROAD = ToolPlan(allow_types=("text/*", "application/json"), rate=Rate(1000.0, 1000))


@pytest.fixture
def host(open_host: Open) -> PolicyHost:
    return open_host(tool_wat(), hook="tool", denies_on_failure=True, limits={"wait_ms": 20_000})


@pytest.mark.requirement("ORCH-3101")
@pytest.mark.requirement("OC-POLICY-4032")
def test_what_is_allowed_is_done_and_on_record(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        answer = await at.ask("/text?city=Paris", method="POST", headers=PLAIN, body=b"hello")
        assert (answer.status, answer.type, answer.redactions) == (200, "text/plain", 0)
        assert at.seen == [("/text?city=Paris", b"hello")]
        (line,) = at.audit
        assert line["correlation_id"] == "c-1"
        wanted = {
            "tool": "weather",
            "method": "POST",
            "host": "127.0.0.1",
            "path": "/text",
            "outcome": "allowed",
        }
        wanted |= {"status": 200, "bytes_out": 5, "bytes_in": 34, "redactions": 0}
        assert wanted.items() <= line.items()
        told = [(one["plugin_id"], one["hook"], one["decision"]) for one in line["decisions"]]
        assert told == [("p0", "tool_request", "allow"), ("p0", "tool_response", "allow")]
        assert not any(word in json.dumps(line) for word in ("Paris", "hello", "sk-abc"))

    play(scene, host, BROAD)


@pytest.mark.requirement("ORCH-3101")
@pytest.mark.requirement("OC-POLICY-4030")
def test_a_module_denies_before_anything_is_sent(open_host: Open) -> None:
    host = open_host(tool_wat(request='{"decision":"deny","reason":"not today"}'), hook="tool")

    async def scene(at: Scene) -> None:
        assert await at.denied() == "p0"
        assert at.seen == []

    play(scene, host, BROAD)


def test_a_module_denies_an_answer(open_host: Open) -> None:
    host = open_host(tool_wat(response='{"decision":"deny","reason":"private"}'), hook="tool")

    async def scene(at: Scene) -> None:
        assert await at.denied() == "p0"
        assert len(at.seen) == 1

    play(scene, host, BROAD)


@pytest.mark.requirement("OC-POLICY-4012")
def test_a_module_that_fails_denies(open_host: Open) -> None:
    host = open_host(tool_wat(body="unreachable"), hook="tool", denies_on_failure=True)

    async def scene(at: Scene) -> None:
        assert await at.denied() == "p0"
        assert at.seen == []
        assert at.audit[0]["decisions"][0]["reason"] == "it gave up (unreachable)"

    play(scene, host, BROAD)


@pytest.mark.requirement("OC-POLICY-4031")
def test_both_bodies_are_redacted(open_host: Open) -> None:
    names = '{"decision":"allow","redact":["Ann"]}'
    host = open_host(tool_wat(request=names, response=names), hook="tool")

    async def scene(at: Scene) -> None:
        answer = await at.ask(method="POST", headers=PLAIN, body=b"I am Ann, sk-xyz")
        assert at.seen == [("/text", b"I am [redacted], [redacted]")]
        assert answer.body == b"the key is [redacted], the name is [redacted]"
        assert (answer.redactions, at.audit[0]["redactions"]) == (4, 4)
        assert await at.denied("/text?key=sk-xyz") == "redact"
        assert await at.denied("/bytes") == "redact"

    play(scene, host, replace(BROAD, redact=(re.compile("sk-[a-z]+"),)))


@pytest.mark.requirement("OC-POLICY-4030")
def test_types_are_judged_both_ways(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        assert await at.denied("/image") == "allow_types"
        assert await at.denied("/packed") == "encoding"
        count = len(at.seen)
        image = {"content-type": "image/png"}
        assert await at.denied(method="POST", headers=image, body=b"x") == "allow_types"
        assert await at.denied(method="POST", body=b"x") == "allow_types"
        assert len(at.seen) == count

    play(scene, host, BROAD)


@pytest.mark.requirement("OC-POLICY-4031")
def test_sizes_are_bounded_both_ways(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        assert await at.denied("/large") == "max_response_bytes"
        count = len(at.seen)
        assert await at.denied(method="POST", headers=PLAIN, body=b"x" * 101) == "max_request_bytes"
        assert len(at.seen) == count
        assert (await at.ask(method="POST", headers=PLAIN, body=b"x" * 100)).status == 200

    play(scene, host, replace(BROAD, max_request_bytes=100, max_response_bytes=1000))


@pytest.mark.requirement("OC-POLICY-4031")
def test_each_tool_has_its_rate(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        for _ in range(2):
            await at.ask()
        assert await at.denied() == "rate"
        other = ToolRequest("another", "c-2", f"{at.url}/text")
        assert (await at.gate.request(other)).status == 200

    play(scene, host, replace(BROAD, rate=Rate(0.001, 2)))


@pytest.mark.requirement("OC-POLICY-4031")
def test_an_answer_that_does_not_come_is_given_up(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        with pytest.raises(ToolFailedError, match="in time"):
            await at.ask("/slow")
        assert at.audit[-1]["outcome"] == "failed"

    play(scene, host, replace(BROAD, timeout_ms=50))


@pytest.mark.requirement("OC-POLICY-4030")
def test_redirects_are_the_tools_to_follow(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        assert (await at.ask("/elsewhere")).status == 302
        assert len(at.seen) == 1

    play(scene, host, BROAD)


@pytest.mark.requirement("OC-POLICY-4032")
def test_without_a_record_there_is_no_answer(host: PolicyHost) -> None:
    def full(_line: Mapping[str, Any]) -> None:
        raise OSError(28, "No space left on device")

    async def scene(at: Scene) -> None:
        with pytest.raises(ToolFailedError, match="No space left"):
            await at.ask()

    play(scene, host, BROAD, full)


@pytest.mark.requirement("OC-POLICY-4032")
def test_a_tool_that_goes_away_is_on_record(host: PolicyHost) -> None:
    async def scene(at: Scene) -> None:
        asking = asyncio.create_task(at.ask("/slow"))
        await at.arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert [line["outcome"] for line in at.audit] == ["canceled"]

    play(scene, host, BROAD)


@pytest.mark.requirement("OC-POLICY-4030")
@pytest.mark.parametrize(("listed", "found"), [((), False), (("localhost",), True)])
def test_a_wildcard_leads_to_public_addresses_alone(listed: tuple[str, ...], found: bool) -> None:
    async def look() -> bool:
        resolver = PublicResolver(listed)
        try:
            return bool(await resolver.resolve("localhost"))
        except OSError:
            return False
        finally:
            await resolver.close()

    assert asyncio.run(look()) == found


@pytest.mark.requirement("OC-POLICY-4033")
@pytest.mark.parametrize("version", [0, 65_537, 131_072])
def test_another_version_of_the_abi_of_tools_is_refused(version: int, open_host: Open) -> None:
    with pytest.raises(ConfigurationError, match="of the ABI of tools, and this is"):
        open_host(tool_wat(abi=version), hook="tool")
