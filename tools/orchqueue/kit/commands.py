"""The command `orchqueue engine`: reads arguments, and runs a scripted engine."""

import sys
from pathlib import Path

import click

from orchqueue.kit.engine.formats import FORMATS
from orchqueue.kit.engine.plan import process_from_file
from orchqueue.kit.engine.process import EngineProcess


@click.command()
@click.option("--script", type=click.Path(path_type=Path), default=None, help="YAML or JSON: how it behaves.")
@click.option(
    "--format",
    "wire_format",
    type=click.Choice(list(FORMATS)),
    default=None,
    help="The wire format; by default the script's, or llamacpp.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port; 0, the default, takes a free one."
)
def engine(script: Path | None, wire_format: str | None, host: str, port: int) -> None:
    """Run a scripted engine in the foreground until SIGTERM or SIGINT.

    The first line printed is its URL; that of its metrics follows where they have a port of their own.
    """
    played, process = process_from_file(script, host=host, port=port, wire_format=wire_format)
    sys.exit(EngineProcess(played, process).run())
