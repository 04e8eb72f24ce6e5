"""Metrics as they are on the wire: strict parsing, values and deltas, and the contract's lint."""

from orchqueue.kit.metrics.exposition import parse_exposition
from orchqueue.kit.metrics.lint import Contract, MetricFinding, counters_fell, lint
from orchqueue.kit.metrics.scrape import Delta, Family, Sample, Scrape

__all__ = [
    "Contract",
    "Delta",
    "Family",
    "MetricFinding",
    "Sample",
    "Scrape",
    "counters_fell",
    "lint",
    "parse_exposition",
]
