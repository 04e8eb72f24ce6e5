"""A command under a guard of its own, which ends it when the kit ends, and exits as it does."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import IO

from orchqueue.kit.errors import TargetError

_GUARD = Path(__file__).with_name("guard.py")


class Guarded:
    """A command that was executed; `output` are descriptors of its stdout and stderr.

    When the kit ends first, its group has `grace_s` seconds between SIGTERM and SIGKILL.
    Raises TargetError when the command cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        output: tuple[int, int],
        *,
        env: dict[str, str],
        cwd: str,
        grace_s: float,
    ) -> None:
        life, self._life = os.pipe()
        status, reports = os.pipe()
        words = [str(_GUARD), str(life), str(reports), str(grace_s), *command]
        try:
            self._guard = subprocess.Popen(  # noqa: S603 - the command is the caller's own
                [sys.executable, "-I", "-S", *words],
                stdin=subprocess.DEVNULL,
                stdout=output[0],
                stderr=output[1],
                pass_fds=(life, reports),
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        except BaseException:
            os.close(status)
            self.release()
            raise
        finally:
            os.close(life)
            os.close(reports)
        with os.fdopen(status, "rb") as told:
            self.pid = self._read_pid(told, command)

    def _read_pid(self, told: IO[bytes], command: list[str]) -> int:
        line = told.readline().decode("utf-8", "replace").strip()
        if line.isdigit():
            return int(line)
        code = self._guard.wait()
        self.release()
        reason = line.removeprefix("error ") or f"its guard ended with exit code {code}"
        raise TargetError(f"`{shlex.join(command)}` could not be started: {reason}")

    @property
    def guard(self) -> int:
        """The process id of the guard."""
        return self._guard.pid

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for its end; the exit code, negative for a signal, None when it still runs."""
        try:
            return self._guard.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._guard.poll()

    def release(self) -> None:
        """Give back what belongs to it once it has ended."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
