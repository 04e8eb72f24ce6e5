"""The commands `backup` and `restore`: parse, call, print."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from orchestratord.backup.archive import ArchiveError
from orchestratord.backup.state import StateError, back_up
from orchestratord.backup.state import restore as bring_back
from orchestratord.core.errors import ConfigurationError
from orchestratord.settings import read_settings

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The configuration, which says where state is kept.",
)


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@CONFIG
@click.option("--force", is_flag=True, help="Replace ARCHIVE where it is there already.")
def backup(archive: Path, config: Path, force: bool) -> None:
    """Write what a server keeps into ARCHIVE, also while it runs.

    That is the configuration, artifacts in files, and the catalog.

    Exit 0: it is whole and on the disk; 2: there is no backup.
    """
    if archive.exists() and not force:
        raise ConfigurationError([f"{archive}: is there already; --force replaces it"])
    settings = read_settings(config, os.environ)
    with _told():
        count = back_up(config, settings, archive)
    click.echo(f"{archive}: {count} file(s)")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@CONFIG
def restore(archive: Path, config: Path) -> None:
    """Bring back what is in ARCHIVE, whole or not at all, for a server that does not run.

    The folders of the configuration have to be empty or not there; where there is no configuration, that of
    ARCHIVE is put there. Exit 0: it is done; 2: nothing was changed.
    """
    with _told():
        made = bring_back(archive, config, os.environ)
    for path in made:
        click.echo(f"{path}: restored")


@contextmanager
def _told() -> Iterator[None]:
    """What stands in the way is told as any problem of the command."""
    try:
        yield
    except (ArchiveError, StateError) as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        raise ConfigurationError([f"{error.filename or 'the disk'}: {error.strerror}"]) from None
