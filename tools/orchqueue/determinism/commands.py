"""The command line of `orchqueue determinism`: reads arguments, runs the suite, and tells what it found."""

import asyncio
import json
import sys
from dataclasses import asdict

import click

from orchqueue.client import AddressError, AsyncClient
from orchqueue.determinism.corpus import CORPUS
from orchqueue.determinism.suite import Difference, Outcome, Suite
from orchqueue.task.choice import choose
from orchqueue.task.commands import API_KEY, DEFAULT_URL, URL

SHOWN = 5


@click.command()
@click.option("--url", envvar=URL, default=DEFAULT_URL, show_default=True, help=f"The server's; or {URL}.")
@click.option("--api-key", envvar=API_KEY, help=f"Its key; better given as {API_KEY}.")
@click.option("--model", help="The model's name; by default the first that the server tells of.")
@click.option("--engine", type=click.Choice(["llamacpp", "vllm", "tgi", "triton"]), help="Likewise.")
@click.option(
    "--max-tokens", default=32, show_default=True, type=click.IntRange(1), help="Tokens of each answer."
)
@click.option(
    "--copies",
    default=2,
    show_default=True,
    type=click.IntRange(2),
    help="Answers to each case, asked for at once.",
)
@click.option(
    "--at-once", default=4, show_default=True, type=click.IntRange(1), help="So many cases at a time."
)
@click.option("--json", "as_json", is_flag=True, help="Print one object with all that came.")
def determinism(
    *,
    url: str,
    api_key: str | None,
    model: str | None,
    engine: str | None,
    max_tokens: int,
    copies: int,
    at_once: int,
    as_json: bool,
) -> None:
    """Hold a server to equal tokens for equal inputs, with 64 prompts and seeds as strict tasks.

    Each is asked for several times at once, so that every replica has to answer some, and what came is
    compared byte by byte. Exits 0 when all is equal, 1 when something differs, 2 when nothing could be
    compared.
    """
    try:
        client = AsyncClient(url, api_key)
    except AddressError as error:
        raise click.UsageError(str(error)) from error
    outcome = asyncio.run(_run(client, engine, model, max_tokens=max_tokens, copies=copies, at_once=at_once))
    if as_json:
        click.echo(json.dumps(_as_json(outcome), ensure_ascii=False, indent=2))
    else:
        _show(outcome)
    if len(outcome.empty) == len(CORPUS):
        click.echo("error: no token came, so nothing was compared", err=True)
        sys.exit(2)
    sys.exit(1 if outcome.differences else 0)


async def _run(
    client: AsyncClient, engine: str | None, model: str | None, *, max_tokens: int, copies: int, at_once: int
) -> Outcome:
    async with client:
        engine, model = await choose(client, engine, model)
        with click.progressbar(length=len(CORPUS), label="cases", file=sys.stderr) as bar:
            suite = Suite(
                client,
                engine=engine,
                model_ref=model,
                max_tokens=max_tokens,
                copies=copies,
                at_once=at_once,
                told=lambda _: bar.update(1),
            )
            return await suite.run()


def _show(outcome: Outcome) -> None:
    for difference in outcome.differences[:SHOWN]:
        click.echo(f"differs: {difference}")
    if len(outcome.differences) > SHOWN:
        click.echo(f"differs: {len(outcome.differences) - SHOWN} more; --json has them all")
    for case in outcome.empty:
        click.echo(f"empty: case {case.number}, seed {case.seed}: no token came, so nothing was compared")
    for engine, version, profile in outcome.conditions:
        sampled = f", sampler profile {profile}" if profile else ""
        click.echo(f"compared: {engine} {version}{sampled}")
    if len(outcome.replicas) == 1:
        click.echo("note: one replica served all of it, so nothing was compared between replicas")
    found = f"{len(outcome.differences)} differ" if outcome.differences else "equal, byte by byte"
    replicas = "1 replica" if len(outcome.replicas) == 1 else f"{len(outcome.replicas)} replicas"
    click.echo(f"{len(CORPUS)} cases, {len(outcome.served)} answers, {replicas}: {found}")


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "cases": len(CORPUS),
        "replicas": [{"pool_id": pool, "replica_id": replica} for pool, replica in outcome.replicas],
        "differences": [_difference(one) for one in outcome.differences],
        "served": [asdict(one) for one in outcome.served],
    }


def _difference(one: Difference) -> dict[str, object]:
    return {
        "case": asdict(one.case),
        "event": one.event,
        "first": one.first.task_id,
        "second": one.second.task_id,
        "says": str(one),
    }
