"""The rules that a lint holds scrapes against: those of this installation's contract, or of a rules file.

A rules file is `ci/metrics.lint.json`, which `orchqueue gen` writes from a metrics contract; it lets a
server be held against the version of the contract that it was built for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchqueue.kit.errors import KitError
from orchqueue.kit.metrics.lint import Contract


class RulesError(KitError):
    """A file of rules that cannot be read, or that holds none."""


@dataclass(frozen=True)
class _Series:
    type: str
    help: str
    labels: Sequence[str]
    profile: str
    requirements: Sequence[str]
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive: str | None = None


@dataclass(frozen=True)
class _Label:
    budget: int
    requirements: Sequence[str]
    values: Sequence[str] = ()


def installed_rules() -> Contract:
    """Return the rules of the contract that is installed with the kit."""
    from orchqueue_contract import metrics as tables  # noqa: PLC0415 - a rules file needs no contract

    return Contract(tables.SERIES, tables.LABELS, tables.BUCKETS_MS, tables.OUTSIDE_BUDGET)


def read_rules(path: Path) -> Contract:
    """Read a rules file; raises RulesError for one that cannot be read, or holds anything else."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        series = {name: _Series(**row) for name, row in data["series"].items()}
        labels = {name: _Label(**row) for name, row in data["labels"].items()}
        return Contract(series, labels, tuple(data["buckets_ms"]), tuple(data["outside_budget"]))
    except OSError as error:
        raise RulesError(f"the rules {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RulesError(
            f"{path} holds no rules for metrics, as `orchqueue gen` writes them into ci/metrics.lint.json"
        ) from error
