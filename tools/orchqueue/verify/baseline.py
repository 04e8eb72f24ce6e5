"""The baseline: requirements that a target is known not to hold yet, each with its reason.

Strict in both directions.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from orchqueue.verify.errors import BaselineError

Baseline = Mapping[str, str]


def read(path: Path, known: Collection[str]) -> Baseline:
    """Read `{expected_fail: {ID: reason}}`.

    Raises BaselineError when the file cannot be read, has another shape, lacks a reason, or names an ID
    that is not `known`: a baseline that says less than it seems to would hide failures.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"the baseline {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise BaselineError(f"the baseline {path} is not YAML: {error}") from error
    return _checked(data, path, known)


def _checked(data: Any, path: Path, known: Collection[str]) -> Baseline:
    entries = data.get("expected_fail") if isinstance(data, dict) else None
    if not isinstance(data, dict) or set(data) != {"expected_fail"} or not isinstance(entries, dict | None):
        raise BaselineError(
            f"the baseline {path} must hold one mapping, expected_fail, of requirement ID to reason"
        )
    for identifier, reason in (entries or {}).items():
        if identifier not in known:
            raise BaselineError(f"the baseline {path} names {identifier}, which no spec has; take it out")
        if not isinstance(reason, str) or not reason.strip():
            raise BaselineError(f"the baseline {path} gives no reason for {identifier}")
    return dict(entries or {})
