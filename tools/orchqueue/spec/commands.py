"""The commands `orchqueue spec lint`, `extract` and `diff`: parse, call, print."""

import json
import sys
from collections import Counter
from pathlib import Path

import click

from orchqueue.spec import outputs
from orchqueue.spec.diff import Change, Impact, compare
from orchqueue.spec.diff.touched import Touched, touched
from orchqueue.spec.files import write_if_changed
from orchqueue.spec.finding import Finding
from orchqueue.spec.sarif import to_sarif
from orchqueue.spec.specs import Specs, load, load_from
from orchqueue.trace.tracing import read_citations

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


@spec.command()
@_root
@click.argument("before", metavar="A")
@click.argument("after", metavar="B", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.option("--exit-code", is_flag=True, help="Exit 1 if a change is breaking.")
def diff(root: Path, before: str, after: str, as_json: bool, exit_code: bool) -> None:
    """Show what changed between A and B, and which scenarios and checks that concerns.

    Each is a folder that holds .specs, or a git revision. B is the working tree unless it is given. A change
    is breaking, additive or editorial.
    """
    changes = compare(_state(root, before), _state(root, after))
    concerned = touched(changes, read_citations(root))
    if as_json:
        click.echo(json.dumps(_document(changes, concerned), ensure_ascii=False, indent=1))
    else:
        _print_changes(changes, concerned)
    if exit_code and any(change.impact is Impact.BREAKING for change in changes):
        sys.exit(1)


def _state(root: Path, name: str) -> Specs:
    specs = load_from(root, name)
    if specs.findings:
        count = len(specs.findings)
        click.echo(f"the specs of {name} have {count} faults; what could be read is compared", err=True)
    return specs


def _counts(changes: tuple[Change, ...]) -> dict[str, int]:
    counted = Counter(change.impact for change in changes)
    return {impact.value: counted[impact] for impact in Impact}


def _document(changes: tuple[Change, ...], concerned: Touched) -> dict[str, object]:
    rows = [
        {
            "impact": change.impact.value,
            "subject": change.subject,
            "what": change.what,
            "ids": list(change.ids),
            "file": change.place.file,
            "line": change.place.line,
        }
        for change in changes
    ]
    return {"changes": rows, "counts": _counts(changes), "touched": concerned.document()}


def _print_changes(changes: tuple[Change, ...], concerned: Touched) -> None:
    for change in changes:
        click.echo(str(change))
    for title, citations in (("scenarios", concerned.scenarios), ("checks", concerned.checks)):
        if citations:
            click.echo(f"\n{title} to look at:")
        for citation in citations:
            click.echo(f"  {citation.place}: {citation.id} {citation.name}".rstrip())
    counts = ", ".join(f"{count} {impact}" for impact, count in _counts(changes).items())
    requirements = ", ".join(concerned.requirements) or "none"
    click.echo(f"{counts}; requirements: {requirements}")


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
