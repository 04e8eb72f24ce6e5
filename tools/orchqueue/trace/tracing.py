"""A trace of a working tree: reads everything that names a requirement, and joins it to the specs."""

from pathlib import Path

from orchqueue.spec import Specs
from orchqueue.spec.collector import collector_held
from orchqueue.trace.citation import Citation
from orchqueue.trace.features import read_features
from orchqueue.trace.graph import Trace, build_trace
from orchqueue.trace.observed import read_observed
from orchqueue.trace.sources import read_code, read_tests


def trace(root: Path, specs: Specs) -> Trace:
    """Trace the tree under `root` against its specs. Raises TraceError where a run's record is broken."""
    with collector_held():
        scenarios, faults = read_features(root)
        tests, test_faults = read_tests(root)
        citations = [*scenarios, *tests, *read_code(root)]
        observed = read_observed(root)
        return build_trace(specs.requirements, specs.contracts, citations, observed, [*faults, *test_faults])


def read_citations(root: Path) -> list[Citation]:
    """Everything under `root` that names a requirement."""
    return [*read_features(root)[0], *read_tests(root)[0], *read_code(root)]
