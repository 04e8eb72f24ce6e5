"""The command `orchqueue trace`: parse, call, print."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from orchqueue.spec import Finding, load
from orchqueue.spec.files import write_if_changed
from orchqueue.trace import inventory
from orchqueue.trace.graph import Trace
from orchqueue.trace.observed import FILE as OBSERVED
from orchqueue.trace.tracing import trace as trace_tree

OUTPUT = "build/trace.json"


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Top of the working tree.",
)
@click.option("--strict", is_flag=True, help="Exit 1 for gaps too, and where no run was made.")
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON.")
@click.option(
    "--inventory", "stock", is_flag=True, help=f"Take stock of public behaviours instead: {inventory.OUTPUT}."
)
def trace(root: Path, strict: bool, as_json: bool, stock: bool) -> None:
    """Show the graph of requirement IDs and its gaps.

    Exits 1 for IDs that no spec has; writes build/trace.json. With --inventory it names each public behaviour
    with the unit tests that run it, as `make coverage` measured, and why it has some, or none; it exits 1
    where no reason is given.
    """
    if stock:
        sys.exit(_take_stock(root))
    specs = load(root)
    if specs.findings:
        _echo(specs.findings)
        click.echo("the specs have faults: nothing was traced", err=True)
        sys.exit(1)
    found = trace_tree(root, specs)
    text = found.text()
    write_if_changed(root / OUTPUT, text)
    if as_json:
        click.echo(text, nl=False)
    else:
        _echo([*found.errors, *found.gaps])
        click.echo(_summary(found))
    if not found.run:
        click.echo(
            f"no run was made ({OBSERVED} is not there): what no check observes is not known", err=True
        )
    if found.errors or (strict and (found.gaps or not found.run)):
        sys.exit(1)


def _take_stock(root: Path) -> int:
    found = inventory.take(root)
    write_if_changed(root / inventory.OUTPUT, found.text())
    for problem in found.problems:
        click.echo(problem)
    click.echo(f"{found.counts}: {root / inventory.OUTPUT}")
    return int(bool(found.problems))


def _echo(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(str(finding))


def _summary(found: Trace) -> str:
    kinds = Counter(citation.kind for citation in set(found.citations))
    return (
        f"{len(found.requirements)} requirements; named by {_places(found, 'scenario')} scenarios, "
        f"{_places(found, 'test')} tests and in {kinds['code'] + kinds['literal']} places of the code; "
        f"{len(found.errors)} errors, {len(found.gaps)} gaps"
    )


def _places(found: Trace, kind: str) -> int:
    return len({citation.place for citation in found.citations if citation.kind == kind})
