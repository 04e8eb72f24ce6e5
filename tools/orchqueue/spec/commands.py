"""The commands `orchqueue spec lint` and `extract`: parse, call, print."""

import sys
from pathlib import Path

import click

from orchqueue.spec import outputs
from orchqueue.spec.files import write_if_changed
from orchqueue.spec.finding import Finding
from orchqueue.spec.sarif import to_sarif
from orchqueue.spec.specs import Specs, load

_root = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Top of the working tree.",
)
_sarif = click.option(
    "--sarif", type=click.Path(path_type=Path, dir_okay=False), help="Write the findings as SARIF too."
)


@click.group()
def spec() -> None:
    """Lint, extract and compare specs."""


@spec.command()
@_root
@_sarif
def lint(root: Path, sarif: Path | None) -> None:
    """Show everything that is wrong with the specs. Exits 1 if there is anything."""
    specs = load(root)
    _show(specs.findings, sarif)
    click.echo(_summary(specs))


@spec.command()
@_root
@_sarif
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the files that would change.")
def extract(root: Path, sarif: Path | None, check: bool) -> None:
    """Write requirements/ and contracts/ from the specs. Exits 1, and writes nothing, if a spec is wrong."""
    specs = load(root)
    _show(specs.findings, sarif)
    texts = outputs.render(specs.requirements, specs.contracts)
    changes = outputs.differences(root, texts)
    if not check:
        outputs.apply(root, texts, changes)
    for path in changes.written:
        click.echo(f"{'would change' if check else 'wrote'} {path}")
    for path in changes.deleted:
        click.echo(f"{'would delete' if check else 'deleted'} {path}")
    if check and changes:
        click.echo(
            "requirements/ and contracts/ are not what the specs say: run `orchqueue spec extract`", err=True
        )
        sys.exit(1)
    click.echo(_summary(specs))


def _show(findings: tuple[Finding, ...], sarif: Path | None) -> None:
    """Print the findings, and leave with 1 if there are any."""
    if sarif is not None:
        write_if_changed(sarif, to_sarif(findings))
    for finding in findings:
        click.echo(str(finding))
    if findings:
        click.echo(f"{len(findings)} {'fault' if len(findings) == 1 else 'faults'} in the specs", err=True)
        sys.exit(1)


def _summary(specs: Specs) -> str:
    return f"{len(specs.requirements)} requirements, {len(specs.contracts)} contracts: no faults"
