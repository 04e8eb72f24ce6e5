"""What needs a process of its own: leaks, sanitizers, failing allocations, choosing the implementation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from queue_compiling import DEBUG, SANITIZED, compile_extension

SUPPORT = Path(__file__).parent / "support"


def run_python(*arguments: str | Path, **environment: str) -> str:
    """Return what a Python process prints; one that fails or warns fails the test."""
    completed = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    print(completed.stdout[-2_000:], completed.stderr[-8_000:])
    assert completed.returncode == 0
    return completed.stdout


def test_nothing_leaks() -> None:
    run_python(SUPPORT / "leak_run.py")


def test_large_trees_keep_their_order() -> None:
    run_python(SUPPORT / "tree_run.py", compile_extension("debug", DEBUG))


def test_large_lanes_keep_their_order() -> None:
    run_python(SUPPORT / "lane_run.py", compile_extension("debug", DEBUG), "20000")


def test_failed_allocation_leaves_the_queue_as_it_was() -> None:
    run_python(SUPPORT / "failure_run.py", compile_extension("debug", DEBUG))


def test_invariants_hold_after_every_operation() -> None:
    run_python(SUPPORT / "program_run.py", compile_extension("debug", DEBUG), "1000", "60", "16000")


@pytest.mark.parametrize(
    ("script", "arguments"),
    [("program_run.py", ("5000", "30", "12000")), ("failure_run.py", ()), ("lane_run.py", ("3000",))],
    ids=["programs", "failures", "lanes"],
)
def test_sanitizers_find_nothing(script: str, arguments: tuple[str, ...]) -> None:
    """AddressSanitizer and UBSan abort the process at their first finding."""
    runtime = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    run_python(
        SUPPORT / script,
        compile_extension("sanitized", SANITIZED),
        *arguments,
        LD_PRELOAD=runtime,
        PYTHONMALLOC="malloc",
        ASAN_OPTIONS="detect_leaks=0",  # the interpreter keeps memory to its end
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
    )


@pytest.mark.parametrize(("pure", "expected"), [("1", "python"), ("0", "c")])
def test_environment_chooses_the_implementation(pure: str, expected: str) -> None:
    program = (
        "from orchestratord.core._queue import IMPLEMENTATION, create_queue\n"
        "print(IMPLEMENTATION, create_queue(1, 'reject', 0.0).order)"
    )
    assert run_python("-c", program, ORCHESTRATORD_PURE=pure).split() == [expected, "strict"]


def test_twin_steps_in_where_there_is_no_extension() -> None:
    program = (
        "import sys; sys.modules['orchestratord.core._queue._fast'] = None\n"
        "from orchestratord.core._queue import IMPLEMENTATION; print(IMPLEMENTATION)"
    )
    assert run_python("-c", program).split() == ["python"]
