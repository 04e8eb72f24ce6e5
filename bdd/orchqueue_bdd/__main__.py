"""Runs the features as a run spec says: `python -m orchqueue_bdd RUN-SPEC.json [worker]`.

It reads the claims, plans, and deals the servers to as many processes as the spec allows; as a worker it runs
what it is asked for on stdin. Progress goes to stdout, everything else to stderr. Exit code 0 when the run
was made, whatever its verdicts; 2 when it could not be made, with the reason as the last progress line.
"""

import sys
from pathlib import Path

from orchqueue.errors import OrchQueueError
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd.forked import forking
from orchqueue_bdd.progress import Progress

WORKER = "worker"


def main(arguments: list[str]) -> int:
    """Conduct a run, or work at what is asked for."""
    path, *role = arguments
    progress = Progress.on_stdout()
    try:
        spec = RunSpec.read(Path(path))
        if role == [WORKER]:
            _work(spec, progress)
        else:
            _conduct(spec, progress)
    except OrchQueueError as error:
        progress.say("failed", reason=str(error))
        return error.exit_code
    return 0


def _work(spec: RunSpec, progress: Progress) -> None:
    from orchqueue_bdd.worker import Worker  # noqa: PLC0415 - as below

    Worker(spec, progress).serve(sys.stdin)


def _conduct(spec: RunSpec, progress: Progress) -> None:
    with forking(spec) as forked:
        from orchqueue_bdd.conduct import conduct  # noqa: PLC0415 - imported beside what servers import

        conduct(forked, progress)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
