"""The command `orchqueue gen`."""

import sys
from pathlib import Path

import click

from orchqueue.gen.build import build
from orchqueue.gen.output import drifted, write


@click.command()
@click.option(
    "--check", is_flag=True, help="Write nothing; name the files that differ and exit 1 if there are any."
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The working tree that holds contracts/ and generated/.",
)
def gen(check: bool, root: Path) -> None:
    """Write generated/ and ci/metrics.lint.json from contracts/ and requirements/."""
    files = build(root)
    if not check:
        changed = write(root, files)
        for path in changed:
            click.echo(path)
        click.echo(f"{len(changed)} of {len(files)} files written" if changed else "nothing changed")
        return
    wrong = drifted(root, files)
    for path in wrong:
        click.echo(f"{path}: differs from what its sources give; run `orchqueue gen`")
    if wrong:
        sys.exit(1)
