"""What the committed matrix shows of OC-TEST-7012: read, never run."""

import json
from pathlib import Path
from typing import Any

from orchqueue.mutate import matrix as page
from orchqueue.mutate.errors import MatrixError
from orchqueue.mutate.matrix import MATRIX_FILE, Matrix, Outcome
from orchqueue.mutate.mutants import demanded

SHOWS = "OC-TEST-7012"
WRITER = "mutate"
CHECKS_FILE = Path("build/checks.jsonl")
SHOWN_FILE = Path("build/mutants.json")


def missing(valid: Matrix) -> list[str]:
    """Say what keeps a matrix, of which these rows still hold, from showing that every check can fail."""
    needed = demanded(valid.profiles)
    told = [
        f"no mutant of {name} is known to be caught by its own check: {needed[name].title}"
        for name in valid.uncaught()
    ]
    survivors = [*valid.of(Outcome.SURVIVED), *valid.of(Outcome.INCONCLUSIVE)]
    return told + [f"the mutant {row.name} is not caught ({row.outcome})" for row in survivors]


def record(root: Path, valid: Matrix, problems: list[str]) -> None:
    """Leave what the matrix shows for the conformance run, and for its report."""
    detail = f"{problems[0]} (and {len(problems) - 1} more)" if len(problems) > 1 else "".join(problems)
    check = {
        "kind": "inspection",
        "id": SHOWS,
        "name": str(MATRIX_FILE),
        "status": "fail" if problems else "pass",
        "detail": detail,
        "by": WRITER,
    }
    path = root / CHECKS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line and json.loads(line).get("by") != WRITER]
    _write(path, "".join(f"{line}\n" for line in [*kept, json.dumps(check)]))
    shown: dict[str, Any] = {"mutants": [row.record() for row in valid.rows]}
    _write(root / SHOWN_FILE, json.dumps(shown, indent=1) + "\n")


def committed(root: Path) -> Matrix | None:
    """Give the committed matrix, None where there is none. Raises MatrixError for one that cannot be read."""
    path = root / MATRIX_FILE
    return page.read(path) if path.exists() else None


def needed(root: Path) -> Matrix:
    """Give the committed matrix. Raises MatrixError where there is none."""
    found = committed(root)
    if found is None:
        raise MatrixError(f"there is no {MATRIX_FILE}; `make mutants` writes it")
    return found


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
