"""Puts together in memory what is generated: every file with its content. Reads sources, writes nothing."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from orchqueue.gen import sources
from orchqueue.gen.contract import Contract, read_contract
from orchqueue.gen.emit import models, package, routes, rules, structs, tables
from orchqueue.gen.errors import GenError
from orchqueue.gen.output import PACKAGE

PACTS = Path("contracts") / "pacts"


def build(root: Path) -> dict[str, bytes]:
    """The files by their path from the root. The same sources give the same bytes. Raises GenError."""
    contract = read_contract(sources.read(root))
    code = {name: _formatted(name, text) for name, text in _code(contract).items()}
    data = {f"data/{source.file_name}": source.raw for source in contract.sources.values()}
    pacts = {f"data/pacts/{pact.name}": pact.read_bytes() for pact in sorted((root / PACTS).glob("*.json"))}
    package = {**code, **data, **pacts, "py.typed": b""}
    files = {(PACKAGE / name).as_posix(): content for name, content in package.items()}
    return {**files, rules.FILE: rules.metrics_rules(contract)}


def _code(contract: Contract) -> Mapping[str, str]:
    classes = models.model_classes(contract.definitions)
    return {
        "__init__.py": package.package(contract),
        "errors.py": tables.errors(contract),
        "events.py": models.events(contract, classes),
        "metrics.py": tables.metrics(contract),
        "models.py": models.models(contract, classes),
        "operations.py": tables.operations(contract),
        "requirement_ids.py": tables.requirements(contract),
        "routes.py": routes.routes(contract),
        "schemas.py": package.schemas(contract),
        "structs.py": structs.structs(contract),
        **dict(package.fixed(contract)),
    }


def _formatted(name: str, text: str) -> bytes:
    options = [
        "--quiet",
        "--isolated",
        "--line-length=110",
        "--target-version=py311",
        f"--stdin-filename={name}",
    ]
    command = [sys.executable, "-m", "ruff", "format", *options, "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)  # noqa: S603 (ruff itself)
    if done.returncode != 0:
        raise GenError(f"{name} was written in a form that ruff cannot read: {done.stderr.decode().strip()}")
    return done.stdout
