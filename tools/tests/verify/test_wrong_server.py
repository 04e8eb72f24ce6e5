"""A conformance run against a server that is wrong on purpose: what is broken fails, nothing else.

In `make others` the features run that see what is broken, and of each server that these need much else
besides; in `make test` only those that see it.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SUBJECT = Path(__file__).parents[1] / "subjects" / "wrong_server.py"
# Which requirements each defect breaks.
BROKEN = {
    "no-correlation-on-401": {"OC-CTRL-2052"},
    "unterminated-last-frame": {"OC-CTRL-2022"},
    "scrape-moves-counters": {"OC-METRICS-7103"},
    "end-before-last-token": {"OC-CTRL-2020", "OC-CTRL-2022", "OC-CTRL-2024"},
    "key-on-stderr": {"OC-CTRL-2041"},
}
# What else sees it: who compares the counters of tokens with those of the engine; and who compares a stream
# with what was reckoned from it, or kept of it, misses the token that comes too late.
BROKEN_ELSEWHERE = {"OC-CTRL-2051", "ORCH-3028", "OC-CTRL-2067", "OC-CORE-1023", "OC-CTRL-2063"}

# Those that see what is broken.
SEEING = (
    *("errors/correlation.feature", "observability/exposition.feature", "security/secrets.feature"),
    *("streams/events.feature", "streams/framing.feature"),
)

FEATURES = (
    *(
        "admission/submitting.feature",
        "artifacts/transcripts.feature",
        "cancel",
        "errors/correlation.feature",
    ),
    *("errors/envelope.feature", "errors/limits.feature", "errors/strictness.feature"),
    *("observability/counters.feature", "observability/exposition.feature", "queue/order.feature"),
    *("security", "sessions/budgets.feature", "sessions/reading.feature", "streams"),
)

# What is checked beside it, on the same servers, and holds.
NEIGHBOURS = ("OC-CTRL-2042", "OC-CTRL-2043", "OC-CTRL-2050", "OC-CTRL-2021", "OC-CTRL-2023")

# The proxy in front keeps what a reader leaves unread besides the server's own: more than one server may.
OF_THE_PROXY = {"OC-CTRL-2018"}


def verify(
    report: Path, defects: tuple[str, ...], wanted: tuple[str, ...]
) -> tuple[subprocess.CompletedProcess[str], dict[str, dict[str, Any]]]:
    words = [sys.executable, str(SUBJECT), "--config", "{config}"]
    for defect in defects:
        words += ["--defect", defect]
    command = [sys.executable, "-m", "orchqueue", "verify", "--seed", "11", "--report-dir", str(report)]
    done = subprocess.run(
        [
            *command,
            "--target-cmd",
            " ".join(word if word == "{config}" else shlex.quote(word) for word in words),
            *wanted,
        ],
        cwd=ROOT,
        # What passes only now and then is a matter of the machine here, not of the subject.
        env={name: value for name, value in os.environ.items() if name != "CI"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = (report / "results.jsonl").read_bytes().rstrip().split(b"\n")
    return done, {result["id"]: result for result in map(json.loads, lines)}


@pytest.mark.long
@pytest.mark.parametrize("defects", [pytest.param((), id="none"), pytest.param(tuple(BROKEN), id="all")])
def test_exactly_what_is_broken_fails(tmp_path: Path, defects: tuple[str, ...]) -> None:
    broken = BROKEN_ELSEWHERE.union(*(BROKEN[defect] for defect in defects)) if defects else set()
    judge(tmp_path, defects, FEATURES, OF_THE_PROXY | broken)


def test_what_is_broken_is_seen(tmp_path: Path) -> None:
    judge(tmp_path, tuple(BROKEN), SEEING, set().union(*BROKEN.values()))


def judge(report: Path, defects: tuple[str, ...], wanted: tuple[str, ...], expected: set[str]) -> None:
    """Verify, and hold what fails against what was expected to, and its evidence."""
    done, results = verify(report, defects, wanted)
    # A state that was not brought about in time tells of the machine, and of no defect.
    failed = {name for name, result in results.items() if result["verdict"] == "fail"}
    reasons = {name: results[name]["reason"] for name in failed ^ expected}
    assert failed == expected, reasons
    assert done.returncode == 1
    for name in failed:
        evidence = [
            check for check in results[name]["checks"] if check["outcome"] == "fail" and check["evidence"]
        ]
        assert evidence, f"{name} failed and nothing shows why"
    assert all("orchqueue verify --target-cmd" in done.stdout and name in done.stdout for name in failed)
