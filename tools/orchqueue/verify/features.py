"""Runs the features in a process of their own, and follows what they tell. Imports nothing of them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from orchqueue.kit.patience import PATIENCE_S, VARIABLE
from orchqueue.verify.errors import RunnerError, VerifyError
from orchqueue.verify.runspec import RunSpec

PACKAGE = "orchqueue_bdd"
SPEC_FILE = "run.json"
STDERR_FILE = "features.stderr.txt"


def run(spec: RunSpec, take: Callable[[dict[str, Any]], None], env: Mapping[str, str]) -> None:
    """Make the run; `take` gets what happens, as the runner's progress lines tell it.

    Raises VerifyError with the runner's own reason when it could not be made, RunnerError when the process
    ended without giving one. Nothing of it goes on when `take`, or a signal, ends it early.
    """
    out = Path(spec.out)
    out.mkdir(parents=True, exist_ok=True)
    spec.write(out / SPEC_FILE)
    command = [sys.executable, "-m", PACKAGE, os.fspath(out / SPEC_FILE)]
    reason = ""
    with (out / STDERR_FILE).open("wb") as stderr, _group(command, stderr, env) as process:
        assert process.stdout is not None
        for line in process.stdout:
            data = _told(line)
            if data.get("what") == "failed":
                reason = str(data["reason"])
            else:
                take(data)
    if process.returncode and reason:
        raise VerifyError(reason)
    if process.returncode:
        raise RunnerError(_ended(process.returncode, out / STDERR_FILE))


@contextmanager
def _group(
    command: list[str], stderr: IO[bytes], env: Mapping[str, str]
) -> "Iterator[subprocess.Popen[str]]":
    """Start a process, and end it with all that it has started in its group when we do not come to its end.

    A group of its own, so that the terminal's interrupt comes to us alone and each of them is ended once.
    """
    with subprocess.Popen(  # noqa: S603 - this interpreter and our own package
        command,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, VARIABLE: f"{PATIENCE_S:g}", **env},
        encoding="utf-8",
        process_group=0,
    ) as process:
        try:
            yield process
        except BaseException:
            # It is not waited for before this, so its id is still its own.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise


def _told(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise RunnerError(f"the features' process said what is no progress: {line!r}") from error
    return data if isinstance(data, dict) else {}


def _ended(code: int, stderr: Path) -> str:
    tail = stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    told = "\n".join(tail) or "it wrote nothing to stderr"
    return f"the features' process ended with exit code {code} before it had told why:\n{told}"
