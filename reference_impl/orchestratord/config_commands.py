"""The commands `config schema` and `config example`: what an editor and an operator begin with."""

from importlib.resources import files

import click

SCHEMA_FILE = "config.schema.json"
EXAMPLES = ("llamacpp", "vllm", "tgi", "triton", "openai", "mock")
REFERENCE = "# yaml-language-server: $schema="


@click.group("config")
def config_group() -> None:
    """Write the schema of the configuration, or an example of one."""


@config_group.command()
def schema() -> None:
    """Write the JSON Schema of the configuration."""
    # OC-CONFIG-6010
    click.echo(schema_text(), nl=False)


@config_group.command()
@click.argument("engine", type=click.Choice(EXAMPLES), default=EXAMPLES[0])
def example(engine: str) -> None:
    """Write a configuration to start from, for ENGINE.

    Its first line has an editor look for the schema in config.schema.json beside it.
    """
    click.echo(example_text(engine), nl=False)


def schema_text() -> str:
    """The schema as the contract has it, byte for byte."""
    return (files("orchqueue_contract") / "data" / SCHEMA_FILE).read_text("utf-8")


def example_text(engine: str) -> str:
    """An example, whose first line names the schema as a file beside it."""
    _, _, rest = (files("orchestratord") / "examples" / f"{engine}.yaml").read_text("utf-8").partition("\n")
    return f"{REFERENCE}{SCHEMA_FILE}\n{rest}"
