"""The command `orchqueue report`: what was reported, looked at again without the server."""

from pathlib import Path

import click

from orchqueue.report import compare as comparison
from orchqueue.report import conformance, writing
from orchqueue.report.compare_page import compare_page
from orchqueue.verify.summary_text import WIDTH

_FILE = click.Path(path_type=Path)


@click.group()
def report() -> None:
    """Check and compare reports."""


@report.command()
@click.argument("file", type=_FILE)
@click.pass_context
def verify(ctx: click.Context, file: Path) -> None:
    """Hold a ConformanceReport against the results.jsonl beside it and against this installation.

    Exits 0 when they agree, 1 when not, 2 when one of them cannot be read.
    """
    findings = conformance.check(file)
    for finding in findings:
        click.echo(f"{file}: {finding.where}: {finding.message}")
    if not findings:
        click.echo(
            f"{file}: agrees with its record, and with the contract and the suite of this installation"
        )
    ctx.exit(1 if findings else 0)


@report.command()
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option("--html", type=_FILE, help="Also write both sides, with their evidence, as a page.")
@click.pass_context
def compare(ctx: click.Context, before: Path, after: Path, html: Path | None) -> None:
    """Say which requirements came off differently in two runs, by their results.jsonl or report folders.

    Exits 1 when one that held does not any more, else 0; 2 when a record cannot be read.
    """
    differences = comparison.compare(before, after)
    for each in differences:
        change = f"{each.before or 'absent'} → {each.after or 'absent'}"
        click.echo(f"{each.id:<18} {change:<28} {each.title}"[:WIDTH])
    if html is not None:
        writing.write(html, compare_page(before, after, differences))
    worse = [each for each in differences if each.worse]
    click.echo(f"{len(differences)} differ, {len(worse)} of them held before and do not any more")
    ctx.exit(1 if worse else 0)
