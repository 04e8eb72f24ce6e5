"""The command `orchqueue`: finds a command, runs it, prints what went wrong; each area keeps its own."""

import importlib
import sys

import click

from orchqueue.errors import OrchQueueError

COMMANDS = {
    "determinism": (
        "orchqueue.determinism.commands",
        "determinism",
        "Hold a server to equal tokens for equal inputs.",
    ),
    "engine": ("orchqueue.kit.commands", "engine", "Run a scripted engine on a port."),
    "gen": ("orchqueue.gen.commands", "gen", "Write generated/ and ci/metrics.lint.json from contracts/."),
    "metrics-lint": (
        "orchqueue.kit.metrics.command",
        "metrics_lint",
        "Hold scrapes to the metrics contract.",
    ),
    "mutate": (
        "orchqueue.mutate.commands",
        "mutate",
        "Try whether the checks catch servers wrong on purpose.",
    ),
    "report": ("orchqueue.report.commands", "report", "Check and compare reports."),
    "spec": ("orchqueue.spec.commands", "spec", "Lint, extract and compare specs."),
    "task": ("orchqueue.task.commands", "task", "Run one task and print its tokens as they come."),
    "trace": ("orchqueue.trace.commands", "trace", "Show the graph of requirement IDs and its gaps."),
    "verify": ("orchqueue.verify.commands", "verify", "Say for every requirement whether a server holds it."),
}


class _LazyGroup(click.Group):
    """Imports a command's module only when it is called, so that small commands start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in sorted(COMMANDS.items())])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="orchqueue")
def cli() -> None:
    """From specs to verdicts: contracts, conformance runs and reports for LLM-inference orchestrators."""


def main() -> None:
    """Run the command line.

    Exits 0 when what was asked holds, 1 when it does not, 2 when it could not be run.
    """
    try:
        cli()
    except OrchQueueError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
