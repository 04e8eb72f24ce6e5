"""The command `orchestratord`: parse, call one function, print."""

import gc
import os
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import click

from orchestratord.core.errors import ConfigurationError

try:
    from orchestratord.backup.commands import backup, restore
    from orchestratord.config_commands import config_group
    from orchestratord.config_file import ConfigMode, read
    from orchestratord.devices import driver_devices
    from orchestratord.fetch_command import fetch
    from orchestratord.flow.commands import CORRELATION, ENGINES, JSON, apply, check_in_facts
    from orchestratord.flow.preflight import Proposal, load_policies
    from orchestratord.flow.recovery import recover_at_start
    from orchestratord.settings import Settings, read_settings
except ModuleNotFoundError as missing:
    # The distribution can be installed for its kit alone, and this command comes along: without any of the
    # server's own dependencies, so that the first of them tells.
    click.echo(
        f"error: {missing.name} is not installed; `pip install 'orchqueue[server]'` brings the server",
        err=True,
    )
    sys.exit(2)

CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file, YAML, TOML or JSON; without one a mock engine on loopback.",
)
MODE = click.option(
    "--config-mode",
    "mode",
    type=click.Choice(["strict", "compat"]),
    default="strict",
    show_default=True,
    help="strict refuses unknown fields, compat logs them.",
)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="orchqueue")
@CONFIG
@MODE
@click.pass_context
def cli(context: click.Context, config: Path | None, mode: ConfigMode) -> None:
    """An orchestrator for LLM inference: admission, queues and streams in front of engines."""
    # What stands before the command's name holds for the command, too.
    context.default_map = {"serve": dict(context.params), "check": {"mode": mode}, "apply": {"mode": mode}}
    if context.invoked_subcommand is None:
        _serve(config, mode)


@cli.command()
@CONFIG
@MODE
def serve(config: Path | None, mode: ConfigMode) -> None:
    """Run the server (the default)."""
    _serve(config, mode)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@MODE
@ENGINES
@CORRELATION
@JSON
def check(file: Path, mode: ConfigMode, engines: bool, correlation_id: str, as_json: bool) -> None:
    """Check a configuration file and start nothing.

    Exit 0: it holds; 1: an engine is not there; 2: the file is bad.
    """
    if as_json:
        sys.exit(check_in_facts(Proposal(read(file), file, mode, engines), correlation_id))
    settings = read_settings(file, os.environ, mode, driver_devices)
    load_policies(settings)
    for path in settings.ignored:
        click.echo(f"warning: {path}: unknown field", err=True)
    missing = _missing_engines(settings) if engines else []
    for line in missing:
        click.echo(f"error: {line}", err=True)
    if missing:
        sys.exit(1)
    click.echo(f"{file}: ok, {len(settings.service.pools)} pool(s)")


cli.add_command(apply)
cli.add_command(config_group)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(fetch)


def _serve(config: Path | None, mode: ConfigMode) -> None:
    # A file that is read again is held against the devices as they were at the start: a running server asks
    # for them elsewhere.
    driver = cache(driver_devices)
    if config is not None:
        recover_at_start(config, lambda fact: click.echo(f"warning: {config}: {_recovered(fact)}", err=True))
    settings = read_settings(config, os.environ, mode, driver)
    # What is made from here until the server is up stays, and looking through it for garbage takes a tenth of
    # a start.
    gc.disable()
    # A file that is refused needs no server.
    from orchestratord.app import Start  # noqa: PLC0415
    from orchestratord.app import serve as run  # noqa: PLC0415
    from orchqueue_contract.routes import MissingOperationError  # noqa: PLC0415

    reread = partial(read_settings, config, os.environ, mode, driver)
    try:
        run(Start(settings, config, reread, lambda: _tell_key(settings)))
    except MissingOperationError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


def _recovered(fact: dict[str, Any]) -> str:
    if fact["restored"]:
        return "an apply was cut off; the file is as it was before"
    return "an apply was cut off, and the file was written by another hand since; it stays as it is"


def _tell_key(settings: Settings) -> None:
    # Once, when the server is up, and never in the log.
    if settings.shown_key is not None:
        click.echo(f"API key for this run (both scopes): {settings.shown_key}", err=True)


def _missing_engines(settings: Settings) -> list[str]:
    from orchestratord.service.probing import missing_engines  # noqa: PLC0415 - only asked for with --engines

    return missing_engines(settings.service)


def main() -> None:
    """Run the command line.

    Exits 0 when what was asked is done, 1 when a check does not hold, 2 when it could not be run.
    """
    try:
        cli()
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
