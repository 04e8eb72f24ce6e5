"""The fork server of a run. It is started before anything else, so that it imports while others do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from orchqueue.kit.forking import fork_server
from orchqueue.kit.target import ReferenceTarget
from orchqueue.verify.runspec import RunSpec, TargetKind


@contextmanager
def forking(spec: RunSpec) -> Iterator[RunSpec]:
    """Have the bundled servers of a run forked from one process; give the run that says so."""
    if spec.target.kind is not TargetKind.REFERENCE:
        yield spec
        return
    with fork_server((*ReferenceTarget.IMPORTS, *ReferenceTarget.LATER)) as address:
        yield replace(spec, target=replace(spec.target, forked_by=address))
