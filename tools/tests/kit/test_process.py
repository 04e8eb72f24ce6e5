"""Processes that the kit starts: output, exit codes, and that none outlives its kit."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchqueue.kit import Process, TargetError
from orchqueue.kit.devices import FakeGpu, FakeNvml
from orchqueue.kit.forking import fork_server, stand_in

FOREVER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with fork_server(["json.tool"]) as there:
        yield there


@pytest.fixture(params=["executed", "forked"])
def forked_by(request: pytest.FixtureRequest, address: str) -> str | None:
    return address if request.param == "forked" else None


def python(code: str, folder: Path, **options: object) -> Process:
    file = folder / "program.py"
    file.write_text(code)
    return Process([sys.executable, str(file)], folder / "stderr.txt", **options)  # type: ignore[arg-type]


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


def test_output_is_kept(tmp_path: Path, forked_by: str | None) -> None:
    code = "import sys\nprint('one')\nprint('two é')\nprint('bad', file=sys.stderr)\nsys.exit(3)"
    process = python(code, tmp_path, stdout_to=tmp_path / "logs" / "out.jsonl", forked_by=forked_by)
    assert process.wait(10.0) == 3
    assert process.lines == ["one", "two é"]
    assert process.stderr_tail() == "bad"
    assert (tmp_path / "logs" / "out.jsonl").read_text() == "one\ntwo é\n"
    assert process.stop() == 3
    process.send_signal(signal.SIGTERM)


def test_lines_can_be_waited_for(tmp_path: Path, forked_by: str | None) -> None:
    process = python(FOREVER, tmp_path, forked_by=forked_by)
    assert process.wait_for_line(lambda line: line == "up", 60.0) == "up"
    assert process.wait_for_line(lambda line: line == "down", 0.02) is None
    assert process.wait(0.02) is None
    process.kill()
    assert process.wait_for_line(lambda line: line == "down", 60.0) is None


def test_the_environment_is_passed_on(tmp_path: Path, forked_by: str | None) -> None:
    process = python(
        "import os\nprint(os.environ['EXTRA'], os.getpid())",
        tmp_path,
        env={"EXTRA": "x"},
        forked_by=forked_by,
    )
    process.wait(10.0)
    assert process.lines == [f"x {process.pid}"]


@pytest.mark.parametrize(("code", "expected"), [(FOREVER, -signal.SIGTERM), (STUBBORN, -signal.SIGKILL)])
def test_stop_is_polite_first(tmp_path: Path, code: str, expected: int, forked_by: str | None) -> None:
    process = python(code, tmp_path, forked_by=forked_by)
    process.wait_for_line(lambda line: line == "up", 60.0)
    assert process.stop(timeout_s=0.1 if code == STUBBORN else 10.0) == expected
    assert ends(process.pid)


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no-such-command.*No such file"):
        Process(["no-such-command"], tmp_path / "stderr.txt")


def test_what_the_command_started_ends_with_it(tmp_path: Path, forked_by: str | None) -> None:
    child_of = f"subprocess.Popen([sys.executable, '-c', {FOREVER!r}])"
    code = f"import subprocess, sys\nprint({child_of}.pid, flush=True)"
    process = python(code, tmp_path, forked_by=forked_by)
    child = process.wait_for_line(str.isdigit, 60.0)
    assert child is not None
    assert process.wait(10.0) == 0
    assert ends(int(child))


@pytest.mark.parametrize("code", [FOREVER, STUBBORN])
def test_nothing_outlives_a_kit_that_was_killed(tmp_path: Path, code: str, forked_by: str | None) -> None:
    program = tmp_path / "program.py"
    program.write_text(code)
    kit = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom orchqueue.kit.process import Process\n"
        f"process = Process([sys.executable, {str(program)!r}], Path(sys.argv[1]), grace_s=0.1,"
        f" forked_by={forked_by!r})\n"
        "process.wait_for_line(lambda line: line == 'up', 60.0)\n"
        "print(process.pid, getattr(process._started, 'guard', process.pid), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", kit, str(tmp_path / "stderr.txt")]
    killed = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pid, guard = map(int, killed.stdout.split())
    assert ends(pid)
    assert ends(guard)


def test_nothing_outlives_a_guard_that_was_killed(tmp_path: Path) -> None:
    process = python(FOREVER, tmp_path)
    process.wait_for_line(lambda line: line == "up", 60.0)
    os.kill(process._started.guard, signal.SIGKILL)
    assert ends(process.pid)
    assert process.wait(10.0) == -signal.SIGKILL


LOOK = """
import json, os, random, signal, sys
heeded = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)
print(json.dumps({
    "name": __name__, "argv": sys.argv, "cwd": os.getcwd(), "path": sys.path[0],
    "leads": os.getpgid(0) == os.getpid(),
    "signals": [str(signal.getsignal(each)) for each in heeded],
    "blocked": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "input": os.readlink("/proc/self/fd/0"),
    "descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:-1],
    "variables": dict(os.environ), "threads": len(os.listdir("/proc/self/task")),
}))
print(random.random(), file=sys.stderr)
sys.exit("as it says")
"""


def test_a_forked_program_finds_what_an_executed_one_finds(tmp_path: Path, address: str) -> None:
    seen, chance = [], []
    for by in (None, address, address):
        process = python(LOOK, tmp_path, forked_by=by, env={"EXTRA": "x"}, cwd=tmp_path)
        assert process.wait(60.0) == 1
        seen.append(json.loads(process.lines[0]))
        number, last = process.stderr_tail().splitlines()
        chance.append(number)
        assert last == "as it says"
    assert seen[1] == seen[0]
    assert len(set(chance)) == 3


def test_a_forked_program_ends_as_an_executed_one_does(tmp_path: Path, address: str) -> None:
    code = """
import atexit, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
atexit.register(print, "at the end")
folder = tempfile.TemporaryDirectory()
print(folder.name)
ThreadPoolExecutor(1).submit(print, "by a pool")
threading.Thread(target=lambda: (time.sleep(0.05), print("by a thread"))).start()
sys.exit(7)
"""
    for by in (None, address):
        process = python(code, tmp_path, forked_by=by)
        assert process.wait(60.0) == 7
        folder, *said, last = process.lines
        assert sorted(said) == ["by a pool", "by a thread"]
        assert last == "at the end"
        assert not Path(folder).exists()


def test_modules_are_forked_too_and_other_commands_executed(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "own_module"
    folder.mkdir()
    (folder / "__main__.py").write_text("import sys\nprint(__name__, __package__, sys.argv[1:])")
    module = Process(
        [sys.executable, "-m", "own_module", "x"], tmp_path / "1", cwd=tmp_path, forked_by=address
    )
    assert module.wait(60.0) == 0
    assert module.lines == ["__main__ own_module ['x']"]
    other = Process(["/bin/sh", "-c", "echo $0; exit 3"], tmp_path / "2", forked_by=address)
    assert other.wait(60.0) == 3
    assert other.lines == ["/bin/sh"]


def test_what_the_loader_reads_is_there_before_the_program(tmp_path: Path, address: str) -> None:
    code = "import os, pathlib\nprint(b'LD_SHOWN=x' in pathlib.Path('/proc/self/environ').read_bytes())"
    process = python(code, tmp_path, env={"LD_SHOWN": "x"}, forked_by=address)
    assert process.wait(60.0) == 0
    assert process.lines == ["True"]


def test_a_forked_program_finds_the_libraries_that_its_environment_names(
    tmp_path: Path, address: str
) -> None:
    nvml = FakeNvml(tmp_path / "nvml", [FakeGpu("GPU-0", 1_000), FakeGpu("GPU-1", 1_000)])
    code = """
import os, pathlib, pynvml
pynvml.nvmlInit()
print(pynvml.nvmlDeviceGetCount(), os.environ["LD_LIBRARY_PATH"])
print(b"forkserver" in pathlib.Path("/proc/self/cmdline").read_bytes())
"""
    process = python(code, tmp_path, env=dict(nvml.environment), forked_by=address)
    assert process.wait(60.0) == 0, process.stderr_tail()
    assert process.lines == [f"2 {tmp_path / 'nvml'}", "True"]


def test_a_stand_in_does_as_the_command_does(tmp_path: Path, address: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(FOREVER)
    process = Process(stand_in(address, [sys.executable, str(program)]), tmp_path / "stderr.txt")
    assert process.wait_for_line(lambda line: line == "up", 60.0) == "up"
    assert process.stop() == -signal.SIGTERM


def test_a_fork_server_that_is_gone(tmp_path: Path) -> None:
    with fork_server([]) as address:
        pass
    with pytest.raises(TargetError, match="could not be forked"):
        python(FOREVER, tmp_path, forked_by=address)
