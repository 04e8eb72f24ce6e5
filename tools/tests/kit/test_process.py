"""Processes that the kit starts: output, exit codes, and that none outlives its kit."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchqueue.kit import Process, TargetError

FOREVER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER


def python(code: str, folder: Path, **options: object) -> Process:
    return Process([sys.executable, "-c", code], folder / "stderr.txt", **options)  # type: ignore[arg-type]


def ends(pid: int) -> bool:
    """Wait for a process that is not ours to end."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 60.0)[0])
    finally:
        os.close(descriptor)


def test_output_is_kept(tmp_path: Path) -> None:
    code = "import sys\nprint('one')\nprint('two é')\nprint('bad', file=sys.stderr)\nsys.exit(3)"
    process = python(code, tmp_path, stdout_to=tmp_path / "logs" / "out.jsonl")
    assert process.wait(10.0) == 3
    assert process.lines == ["one", "two é"]
    assert process.stderr_tail() == "bad"
    assert (tmp_path / "logs" / "out.jsonl").read_text() == "one\ntwo é\n"
    assert process.stop() == 3
    process.send_signal(signal.SIGTERM)


def test_lines_can_be_waited_for(tmp_path: Path) -> None:
    process = python(FOREVER, tmp_path)
    assert process.wait_for_line(lambda line: line == "up", 60.0) == "up"
    assert process.wait_for_line(lambda line: line == "down", 0.02) is None
    assert process.wait(0.02) is None
    process.kill()
    assert process.wait_for_line(lambda line: line == "down", 60.0) is None


def test_the_environment_is_passed_on(tmp_path: Path) -> None:
    process = python("import os\nprint(os.environ['EXTRA'], os.getpid())", tmp_path, env={"EXTRA": "x"})
    process.wait(10.0)
    assert process.lines == [f"x {process.pid}"]


@pytest.mark.parametrize(("code", "expected"), [(FOREVER, -signal.SIGTERM), (STUBBORN, -signal.SIGKILL)])
def test_stop_is_polite_first(tmp_path: Path, code: str, expected: int) -> None:
    process = python(code, tmp_path)
    process.wait_for_line(lambda line: line == "up", 60.0)
    assert process.stop(timeout_s=0.1 if code == STUBBORN else 10.0) == expected
    assert ends(process.pid)


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no-such-command.*No such file"):
        Process(["no-such-command"], tmp_path / "stderr.txt")


def test_what_the_command_started_ends_with_it(tmp_path: Path) -> None:
    child_of = f"subprocess.Popen([sys.executable, '-c', {FOREVER!r}])"
    code = f"import subprocess, sys\nprint({child_of}.pid, flush=True)"
    process = python(code, tmp_path)
    child = process.wait_for_line(str.isdigit, 60.0)
    assert child is not None
    assert process.wait(10.0) == 0
    assert ends(int(child))


@pytest.mark.parametrize("code", [FOREVER, STUBBORN])
def test_nothing_outlives_a_kit_that_was_killed(tmp_path: Path, code: str) -> None:
    kit = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom orchqueue.kit.process import Process\n"
        f"process = Process([sys.executable, '-c', {code!r}], Path(sys.argv[1]), grace_s=0.1)\n"
        "process.wait_for_line(lambda line: line == 'up', 60.0)\n"
        "print(process.pid, process._guard.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", kit, str(tmp_path / "stderr.txt")]
    killed = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pid, guard = map(int, killed.stdout.split())
    assert ends(pid)
    assert ends(guard)


def test_nothing_outlives_a_guard_that_was_killed(tmp_path: Path) -> None:
    process = python(FOREVER, tmp_path)
    process.wait_for_line(lambda line: line == "up", 60.0)
    os.kill(process._guard.pid, signal.SIGKILL)
    assert ends(process.pid)
    assert process.wait(10.0) == -signal.SIGKILL
