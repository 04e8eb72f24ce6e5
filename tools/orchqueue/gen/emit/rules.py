"""Writes the rules for whoever lints metrics: the metrics contract as one JSON file, for any tool to read."""

import json
from typing import Any

from orchqueue.gen.contract import Contract
from orchqueue.gen.sources import Node

FILE = "ci/metrics.lint.json"


def metrics_rules(contract: Contract) -> bytes:
    """ci/metrics.lint.json"""
    document, source = contract.documents["metrics"], contract.sources["metrics"]
    rules = {
        "source": source.path,
        "sha256": source.digest,
        "buckets_ms": document.get("buckets_ms", []),
        "outside_budget": document.get("outside_budget", []),
        "labels": {name: _named(node) for name, node in document.get("labels", {}).items()},
        "series": {name: _named(node) for name, node in document.get("series", {}).items()},
    }
    return (json.dumps(rules, indent=1, ensure_ascii=False) + "\n").encode()


def _named(node: Node) -> dict[str, Any]:
    members = {name: value for name, value in node.items() if name != "x-req-id"}
    return {**members, "requirements": list(node.get("x-req-id", ()))}
