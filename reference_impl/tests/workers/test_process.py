"""A worker's process: what it says, how it ends, and that nothing of it stays."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from orchestratord.core.pools.exits import Exit
from orchestratord.workers import ManagedProcess, process

PATIENCE_S = 30.0
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def on_loop(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Run a coroutine on a loop of each kind."""

    def run(body: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(body)

    return run


class Ear:
    """Keeps what a process says."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.continued: list[bool] = []
        self._heard = asyncio.Event()

    def __call__(self, line: str, continued: bool) -> None:
        self.lines.append(line)
        self.continued.append(continued)
        self._heard.set()

    async def line(self, number: int) -> str:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.lines) <= number:
                self._heard.clear()
                await self._heard.wait()
        return self.lines[number]


async def run(script: str, ear: Ear, grace_ms: float = 10_000, **environment: str) -> ManagedProcess:
    command = [sys.executable, "-u", "-c", script]
    return await ManagedProcess.start(command, ENVIRONMENT | environment, grace_ms, ear)


def wait_gone(pids: list[int]) -> None:
    """Until these processes have ended."""
    for pid in pids:
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([watched], [], [], PATIENCE_S)
        os.close(watched)
        assert ended, f"process {pid} is still there"


def test_what_it_says_and_how_it_ends_is_told(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", ear)
        assert await process.exit == Exit(status=3)
        assert sorted(ear.lines) == ["err", "out"]

    on_loop(body())


def test_the_environment_is_the_one_that_was_given(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run(
            "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], 'HOME' in os.environ)",
            ear,
            CUDA_VISIBLE_DEVICES="2,0",
        )
        assert await process.exit == Exit(status=0)
        assert ear.lines == ["2,0 False"]

    on_loop(body())


def test_a_command_that_is_not_there_ends_at_once_and_says_so(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await ManagedProcess.start(["/nonexistent/engine"], ENVIRONMENT, 1_000, ear)
        assert await process.exit == Exit(status=127)
        assert ear.lines == ["/nonexistent/engine: No such file or directory"]

    on_loop(body())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_told_as_one(on_loop, number: int) -> None:
    async def body() -> None:
        process = await run(f"import os; os.kill(os.getpid(), {int(number)})", Ear())
        assert await process.exit == Exit(signal=number)

    on_loop(body())


def test_stopping_lets_it_end_by_itself(on_loop) -> None:
    script = """
import signal, sys, time
def end(*_):
    print("ending"); sys.exit(5)
signal.signal(signal.SIGTERM, end)
print("up")
while True: signal.pause()
"""

    async def body() -> None:
        ear = Ear()
        process = await run(script, ear)
        await ear.line(0)
        assert await process.stop() == Exit(status=5)
        assert ear.lines == ["up", "ending"]

    on_loop(body())


def test_one_that_ignores_the_request_is_killed_after_its_grace(on_loop) -> None:
    script = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up")
while True: signal.pause()
"""

    async def body() -> None:
        ear = Ear()
        process = await run(script, ear, grace_ms=50)
        await ear.line(0)
        assert await process.stop() == Exit(signal=signal.SIGKILL)

    on_loop(body())


FORKING = """
import os, signal, subprocess, sys
stay = [sys.executable, "-c", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"]
inside = subprocess.Popen(stay)
outside = subprocess.Popen(stay, start_new_session=True)
print(os.getpid(), inside.pid, outside.pid)
"""


@pytest.mark.parametrize("then", ["", "signal.pause()"])
def test_its_descendants_end_with_it_wherever_they_went(on_loop, then: str) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run(FORKING + then, ear, grace_ms=100)
        pids = [int(pid) for pid in (await ear.line(0)).split()]
        if then:
            await process.stop()
        await process.exit
        wait_gone(pids)

    on_loop(body())


SERVER = f"""
import asyncio, os, sys
from orchestratord.workers import ManagedProcess, process
async def main():
    worker = [sys.executable, "-u", "-c", {FORKING + "signal.pause()"!r}]
    say = lambda line, continued: print(process.pid, line, flush=True)
    process = await ManagedProcess.start(worker, dict(os.environ), 100, say)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.parametrize("killed", ["server", "guard"])
def test_nothing_outlives_a_server_or_a_guard_that_is_killed(killed: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        guard, worker, inside, outside = [int(pid) for pid in process.stdout.readline().split()]
        if killed == "server":
            process.kill()
            wait_gone([guard, worker, inside, outside])
            return
        os.kill(guard, signal.SIGKILL)
        wait_gone([guard, worker])
        for left in (inside, outside):  # a killed guard kills its worker; the rest nobody can know any more
            os.kill(left, signal.SIGKILL)
        process.kill()


def test_a_flood_is_heard_whole_and_blocks_nobody(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run("for n in range(50_000): print('line', n)", ear)
        assert await process.exit == Exit(status=0)
        assert ear.lines == [f"line {n}" for n in range(50_000)]

    on_loop(body())


class Gone(asyncio.SubprocessTransport):
    """Of a process that has ended, of which nobody was told yet."""

    def __init__(self, output: asyncio.ReadTransport | None = None) -> None:
        super().__init__()
        self._output = output

    def get_pipe_transport(self, fd: int) -> asyncio.ReadTransport | None:
        return self._output

    def get_pid(self) -> int:
        return 1

    def get_returncode(self) -> int:
        return 0

    def terminate(self) -> None:
        raise ProcessLookupError

    def kill(self) -> None:
        raise ProcessLookupError

    def close(self) -> None:
        """There is nothing left to close."""


class Pipe(asyncio.ReadTransport):
    """Whether somebody reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.read = asyncio.Event()
        self.read.set()

    def pause_reading(self) -> None:
        self.read.clear()

    def resume_reading(self) -> None:
        self.read.set()

    def is_closing(self) -> bool:
        return False


@pytest.mark.requirement("OC-POOL-3040")
@pytest.mark.parametrize("ends", [False, True])
def test_many_short_lines_are_heard_a_few_at_a_time_but_for_the_last_words(on_loop, ends) -> None:
    async def body() -> None:
        ear, pipe = Ear(), Pipe()
        hears = process._Ends(process._Lines(ear))
        hears.connection_made(Gone(pipe))
        hears.pipe_data_received(1, b"y\n" * 1_000)
        assert (len(ear.lines), pipe.read.is_set()) == (process.PIECE_LINES, False)
        if ends:
            hears.process_exited()
            assert len(ear.lines) == 1_000
        await ear.line(999)
        async with asyncio.timeout(PATIENCE_S):
            await pipe.read.wait()

    on_loop(body())


def test_a_pipe_that_nobody_closes_holds_up_nobody(on_loop) -> None:
    """What a guard that was killed leaves behind keeps its pipe open."""

    async def body() -> None:
        ear = Ear()
        process = await run(FORKING + "signal.pause()", ear)
        pids = [int(pid) for pid in (await ear.line(0)).split()]
        os.kill(process.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            assert await process.exit == Exit(signal=signal.SIGKILL)
        for pid in pids[1:]:
            os.kill(pid, signal.SIGKILL)
        wait_gone(pids)

    on_loop(body())


def test_what_a_terminal_sends_does_not_reach_it(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run("import os; print(os.getsid(0), os.getsid(os.getppid()))", ear)
        await process.exit
        own, guards = map(int, ear.lines[0].split())
        assert len({own, guards, os.getsid(0)}) == 3

    on_loop(body())


def test_a_line_without_end_comes_in_pieces(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run("import sys; sys.stdout.write('x' * 100_000); sys.stdout.write('\\nlast')", ear)
        assert await process.exit == Exit(status=0)
        assert "".join(ear.lines) == "x" * 100_000 + "last"
        assert max(map(len, ear.lines)) <= 8_192
        assert ear.continued == [False, *[True] * (len(ear.lines) - 2), False]

    on_loop(body())


def test_bytes_that_are_no_text_are_shown(on_loop) -> None:
    async def body() -> None:
        ear = Ear()
        process = await run("import sys; sys.stdout.buffer.write(b'caf\\xe9\\n')", ear)
        await process.exit
        assert ear.lines == ["caf\\xe9"]

    on_loop(body())


@pytest.mark.requirement("OC-POOL-3040")
def test_one_that_ends_while_it_is_stopped_is_stopped(on_loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GUARD_SLACK_S", 0)

    async def body() -> None:
        ends = process._Ends(process._Lines(Ear()))
        stopped = asyncio.create_task(ManagedProcess(Gone(), ends, 0).stop())
        await asyncio.sleep(0.01)
        ends.process_exited()
        ends.pipe_connection_lost(1, None)
        assert await stopped == Exit(status=0)

    on_loop(body())
