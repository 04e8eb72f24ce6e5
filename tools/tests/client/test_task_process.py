"""`orchqueue task` as a process: interrupts, a reader that leaves, a terminal of 80 columns."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchqueue.kit import EngineScript, Gate, RunningServer, ScriptedEngine, Turnstile

Start = Callable[..., "subprocess.Popen[bytes]"]
TINY = ["--model", "tiny", "--engine", "llamacpp"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command; what still runs in the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def started(url: str, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "orchqueue", "task", "hello", *TINY, "--url", url, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        env = {**os.environ, "ORCHQUEUE_API_KEY": "key"}
        running.append(subprocess.Popen(command, env=env, **pipes))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.requirement("OC-CLIENT-8512")
def test_an_interrupt_cancels_a_running_task(
    server: RunningServer, engine: ScriptedEngine, start: Start
) -> None:
    engine.script(EngineScript(tokens=["one ", "two"], stall_after=1))
    process = start(server.url)
    assert process.stdout is not None
    assert process.stdout.read(4) == b"one "
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (code, out) == (1, "")
    assert "cancel   canceled-running: while it ran" in err
    assert "end      canceled: " in err
    engine.require(lambda: engine.slots_busy == 0, "the cancel has to reach the engine")


@pytest.mark.requirement("OC-CLIENT-8512")
def test_a_signal_to_end_cancels_a_waiting_task(
    server: RunningServer, engine: ScriptedEngine, start: Start
) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate))
    first = start(server.url)
    engine.require(lambda: engine.slots_busy == 1, "the first task has to run")
    second = start(server.url, "--json")
    assert second.stderr is not None
    for line in iter(second.stderr.readline, b"queue    next, predicted"):
        if line.startswith(b"queue"):
            break
    second.send_signal(signal.SIGTERM)
    code, out, err = ended(second)
    told = json.loads(out)
    assert (code, told["outcome"], told["cancel_outcome"]) == (1, "canceled", "canceled-queued")
    assert "no engine has seen it" in err
    gate.release()
    assert ended(first)[0] == 0


@pytest.mark.requirement("OC-CLIENT-8512")
def test_an_interrupt_while_it_waits_to_be_sent_again(byte_server: Any, start: Start) -> None:
    body = (
        b'{"code":"RATE_LIMITED","message":"m","retriable":true,"retry_after_ms":60000,"correlation_id":"c"}'
    )
    head = b"HTTP/1.1 429 Busy\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    byte_server.say(head + body)
    process = start(byte_server.url, "--wait")
    assert process.stderr is not None
    assert process.stderr.readline() == b"busy     RATE_LIMITED; sent again in 60.0 s\n"
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, err) == (1, "canceled before it was accepted, so the server knows nothing of it\n")


@pytest.mark.requirement("OC-CLIENT-8512")
def test_a_second_interrupt_leaves(byte_server: Any, start: Start) -> None:
    """The server takes the task and then says nothing at all, not even to the cancel."""
    body = (
        b'{"task_id":"6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c001","job_id":"j","queue_position":0,'
        b'"predicted_start_ms":0,"backoff_ms":0}'
    )
    head = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nConnection: close\r\n"
    byte_server.say(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    byte_server.say(linger=True)
    byte_server.say()  # for the cancel, which it comes to when the stream was left
    process = start(byte_server.url)
    assert process.stderr is not None
    for line in iter(process.stderr.readline, b""):
        if line.startswith(b"queue"):
            break
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline().startswith(b"cancel   sent; interrupt once more")
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert code == 2
    assert "left before the task had ended; it may run on" in err
    assert "Traceback" not in err


@pytest.mark.requirement("OC-CLIENT-8512")
def test_a_reader_that_leaves_cancels(server: RunningServer, engine: ScriptedEngine, start: Start) -> None:
    turnstile = Turnstile()
    engine.script(EngineScript(tokens=["one ", *["two "] * 50], each=turnstile))
    turnstile.let(1)
    process = start(server.url, "--max-tokens", "51")
    assert process.stdout is not None
    assert process.stdout.read(4) == b"one "
    process.stdout.close()
    turnstile.let(1)
    assert process.stderr is not None
    err = process.stderr.read().decode()
    assert process.wait(60) == 1
    assert "closed   nobody reads standard output any more" in err
    assert "cancel   canceled-running" in err


@pytest.mark.requirement("OC-CLIENT-8510")
def test_a_terminal_of_80_columns(server: RunningServer, engine: ScriptedEngine, start: Start) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    engine.script(EngineScript(tokens=["one\n", "\x1b[2J", "two"]))
    process = start(server.url, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:
        pass  # how Linux tells that the other side was closed
    finally:
        os.close(ours)
    assert process.wait(60) == 0
    lines = re.sub(r"\x1b\[[0-9;]*[mK]", "", shown.decode()).replace("\r\n", "\n").split("\n")
    assert "one" in lines
    assert "\ufffd[2Jtwo" in lines
    assert all(len(line.rpartition("\r")[2]) <= 80 for line in lines), lines
