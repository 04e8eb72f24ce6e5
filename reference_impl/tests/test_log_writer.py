"""The way out of log lines: in order, in time, and never in the way."""

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from orchestratord.log_writer import LogWriter


class Pipe:
    """A pipe whose reader reads when it is told to."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe()
        os.set_blocking(self.into, True)
        self.read = b""

    def fill(self) -> int:
        """Leave no room in the pipe."""
        os.set_blocking(self.into, False)
        size = 0
        try:
            while True:
                size += os.write(self.into, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(self.into, True)
            return size

    def until(self, end: bytes) -> bytes:
        while not self.read.endswith(end):
            part = os.read(self.out, 65536)
            assert part, self.read[-200:]
            self.read += part
        return self.read


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    one = Pipe()
    yield one
    for fd in (one.out, one.into):
        try:
            os.close(fd)
        except OSError:
            continue  # the test has closed it


def notice(count: int) -> bytes:
    return b"dropped %d\n" % count


def test_lines_leave_in_order(pipe) -> None:
    writer = LogWriter(pipe.into, 10_000, notice)
    lines = [b"%d\n" % number for number in range(1000)]

    async def write() -> None:
        for line in lines:
            writer.write(line)
            if line.endswith(b"0\n"):
                await asyncio.sleep(0)

    asyncio.run(write())
    writer.close()
    assert pipe.until(lines[-1]) == b"".join(lines)


def test_lines_of_a_loop_leave_while_it_runs(pipe) -> None:
    writer = LogWriter(pipe.into, 10_000, notice)

    async def write() -> None:
        for number in range(3):
            writer.write(b"%d\n" % number)
            await asyncio.to_thread(pipe.until, b"%d\n" % number)

    asyncio.run(write())
    writer.close()


@pytest.mark.requirement("OC-OPS-8008")
def test_what_finds_no_room_is_dropped_and_counted_in_its_place(pipe) -> None:
    full = pipe.fill()
    writer = LogWriter(pipe.into, 100, notice)
    for number in range(100):
        writer.write(b"line %04d\n" % number)  # ten bytes each; nothing here may block
    assert len(os.read(pipe.out, full)) == full
    kept = pipe.until(b"dropped 90\n").removesuffix(b"dropped 90\n").splitlines()
    assert kept == [b"line %04d" % number for number in range(10)]
    writer.write(b"after\n")
    assert pipe.until(b"after\n").endswith(b"dropped 90\nafter\n")
    writer.close()


def test_lines_of_other_threads_are_taken(pipe) -> None:
    writer = LogWriter(pipe.into, 10_000, notice)
    threads = [threading.Thread(target=writer.write, args=(b"%d\n" % number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert sorted(os.read(pipe.out, 1000).split()) == [b"%d" % number for number in range(9)]


def test_the_end_waits_for_the_last_line_but_not_for_ever(pipe, capsys) -> None:
    full = pipe.fill()
    writer = LogWriter(pipe.into, 100, notice)
    writer.write(b"lost\n")
    writer.close(0.05)
    assert capsys.readouterr().err == "error: nobody reads the log; its end is lost after 0.05 s\n"
    os.read(pipe.out, full)
    assert pipe.until(b"lost\n") == b"lost\n"


def test_an_output_that_does_not_block_is_waited_for(pipe) -> None:
    full = pipe.fill()
    os.set_blocking(pipe.into, False)
    writer = LogWriter(pipe.into, 100, notice)
    writer.write(b"line\n")
    assert len(os.read(pipe.out, full)) == full
    assert pipe.until(b"line\n") == b"line\n"
    writer.close()


def test_a_reader_that_has_gone_is_told_of_once(pipe, capsys) -> None:
    os.close(pipe.out)
    writer = LogWriter(pipe.into, 100, notice)
    for _ in range(5):
        writer.write(b"line\n")
    writer.close()
    assert capsys.readouterr().err == (
        "error: the log cannot be written any more (Broken pipe); serving goes on\n"
    )
