"""The command `orchestratord fetch`: one HTTP request, made for a tool."""

import os
import sys
from pathlib import Path

import click

from orchestratord.config_file import ConfigMode
from orchestratord.devices import driver_devices
from orchestratord.ids import random_uuid
from orchestratord.settings import read_settings


@click.command()
@click.argument("url")
@click.option(
    "--config",
    "config",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; its section `policy` decides.",
)
@click.option(
    "--config-mode",
    "mode",
    type=click.Choice(["strict", "compat"]),
    default="strict",
    show_default=True,
    help="strict refuses unknown fields, compat logs them.",
)
@click.option("--tool", default="command-line", show_default=True, help="In whose name.")
@click.option("-X", "--request", "method", default="GET", show_default=True, help="Method.")
@click.option("-H", "--header", "headers", multiple=True, help="`Name: value`; may stand more than once.")
@click.option("-d", "--data", default="", help="Body; @FILE reads it from a file.")
@click.option("--correlation-id", default=None, help="That of the task for which it is.")
@click.option(
    "--audit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The audit log, to which a line is appended; standard error unless given.",
)
def fetch(  # noqa: PLR0917 - click passes each option by its name
    url: str,
    config: Path,
    mode: ConfigMode,
    tool: str,
    method: str,
    headers: tuple[str, ...],
    data: str,
    correlation_id: str | None,
    audit: Path | None,
) -> None:
    """Make one HTTP request as a tool, as far as the policy of a configuration lets it.

    The body of the answer goes to standard output. Exit 0: there is one; 1: it was denied or failed; 2: the
    configuration is bad.
    """
    from orchestratord.fetching import fetch as run  # noqa: PLC0415 - what runs WebAssembly is large
    from orchestratord.policy.tools import ToolError, ToolRequest  # noqa: PLC0415

    settings = read_settings(config, os.environ, mode, driver_devices)
    body = Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()
    named = dict(_header(text) for text in headers)
    asked = ToolRequest(tool, correlation_id or random_uuid(), url, method, named, body)
    try:
        answer = run(settings.service.policy, asked, audit)
    except ToolError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    sys.stdout.buffer.write(answer.body)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter("a header is `Name: value`", param_hint="--header")
    return name.strip(), value.strip()
