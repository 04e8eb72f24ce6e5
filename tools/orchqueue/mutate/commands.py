"""The command `orchqueue mutate`: which mutants, one campaign, and what came of them."""

import json
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from orchqueue.kit.forking import fork_server
from orchqueue.kit.target import ReferenceTarget
from orchqueue.mutate import gate, summary
from orchqueue.mutate import matrix as page
from orchqueue.mutate import mutants as known
from orchqueue.mutate.campaign import Campaign
from orchqueue.mutate.choice import Choice
from orchqueue.mutate.matrix import MATRIX_FILE, Matrix, Row
from orchqueue.mutate.mutants import Mutant
from orchqueue.mutate.trial import Knowledge
from orchqueue.mutate.workplace import FRONT_IMPORTS
from orchqueue.verify.contract import Contract
from orchqueue_contract import load

JOBS = 4  # scenarios mostly wait, so two cores carry four processes
SEED = 1
FEW = 10  # more wire mutants than these, of which none knows what catches them, are worth a survey
FOLDER = Path("build/mutate")


@click.command()
@click.option("--mutant", "names", multiple=True, metavar="NAME", help="Try only this mutant.")
@click.option(
    "--requirement", "requirements", multiple=True, metavar="ID", help="Try what concerns this one."
)
@click.option(
    "--sample", type=click.IntRange(1), help="Try so many, chosen by --seed, of those that are caught."
)
@click.option(
    "--stale", is_flag=True, help="Try what the matrix does not hold as caught by scenarios as they are."
)
@click.option("--seed", type=int, help="Chooses the operators; of a sample, its mutants. Shown.")
@click.option("-j", "--jobs", default=JOBS, show_default=True, type=click.IntRange(1, 64), help="Workplaces.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of each mutant as JSON.")
@click.option("--write", is_flag=True, help=f"Put what came of them into {MATRIX_FILE}.")
@click.option("--check", is_flag=True, help=f"Try none: say what {MATRIX_FILE} shows, and record it.")
@click.option("--list", "only_list", is_flag=True, help="Name the mutants and try none.")
@click.option("--root", default=".", type=click.Path(path_type=Path, exists=True), help="The working tree.")
@click.pass_context
def mutate(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    requirements: tuple[str, ...],
    sample: int | None,
    stale: bool,
    seed: int | None,
    jobs: int,
    as_json: bool,
    write: bool,
    check: bool,
    only_list: bool,
    root: Path,
) -> None:
    """Try whether the checks catch servers that are wrong on purpose.

    Without a choice all of them: the whole matrix. Exits 0 when each mutant that was met with is caught and,
    of the whole matrix, each requirement has one that its own check catches; 1 when not; 2 when the run is
    void.
    """
    before = gate.needed(root) if check else gate.committed(root)
    operators = before.seed if before and (seed is None or sample) else SEED if seed is None else seed
    mutants = _all(root, operators)
    if only_list:
        click.echo("\n".join(f"{mutant.name}: {mutant.says}" for mutant in mutants))
        return
    if check:
        ctx.exit(_checked(root, mutants, gate.needed(root)))
    chance = secrets.randbelow(2**31) if seed is None else seed
    choice = Choice(names, requirements, sample, stale, chance)
    out = sys.stderr if as_json else sys.stdout
    old = Matrix(operators, before.profiles, before.rows) if before else Matrix(operators, (), ())
    rows: list[Row] = []
    for more, found in _made(root, mutants, old, choice, jobs, lambda text: click.echo(text, file=out)):
        rows += more
        if write or choice.whole:
            (root / MATRIX_FILE).write_text(page.text(found), encoding="utf-8")
    whole = found if choice.whole or stale else None
    if as_json:
        click.echo(json.dumps({"mutants": [row.record() for row in rows]}, indent=1))
    else:
        click.echo(summary.text(rows, whole, detailed=bool(names)))
    ctx.exit(summary.exit_code(rows, whole))


def _checked(root: Path, mutants: Sequence[Mutant], before: Matrix) -> int:
    """Say what the committed matrix shows of the mutants, scenarios and claims as they are."""
    with _campaign(root, jobs=1) as campaign:
        valid = before.valid(_fitting(mutants, campaign), _digests(campaign))
        valid = Matrix(before.seed, campaign.profiles, valid.rows)
    problems = gate.missing(valid)
    gate.record(root, valid, problems)
    stale = len(before.rows) - len(valid.rows)
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(valid.rows)} mutants of {MATRIX_FILE} are as they were, {stale} are not")
    return int(bool(problems))


def _made(  # noqa: PLR0917 - what was asked for
    root: Path,
    mutants: Sequence[Mutant],
    before: Matrix,
    choice: Choice,
    jobs: int,
    tell: Callable[[str], None],
) -> Iterator[tuple[list[Row], Matrix]]:
    """Make the campaign: give what came of the mutants of each kind, and the matrix with them in it."""
    with _campaign(root, jobs) as campaign:
        fitting = _fitting(mutants, campaign)
        valid = before.valid(fitting, _digests(campaign))
        chosen = choice.of(fitting, valid)
        sampled = f", a sample by --seed {choice.seed}" if choice.sample else ""
        tell(f"{len(chosen)} mutants, operators by seed {before.seed}{sampled}")
        knowledge = Knowledge(campaign.cases, page.by_name(before.rows))
        if sum(m.mutation is not None and not knowledge.hints(m) for m in chosen) > FEW:
            knowledge = replace(knowledge, survey=campaign.survey())
        rows = page.by_name(valid.rows)
        for more in campaign.attempt(chosen, knowledge, lambda row: tell(summary.line(row))):
            rows |= page.by_name(more)
            yield more, Matrix(before.seed, campaign.profiles, tuple(rows.values()))


@contextmanager
def _campaign(root: Path, jobs: int) -> Iterator[Campaign]:
    """Have a campaign that knows the scenarios and the claims, with a folder that goes with it."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=root / FOLDER) as folder,
        fork_server([*ReferenceTarget.IMPORTS, *FRONT_IMPORTS]) as socket,
    ):
        campaign = Campaign(root, Path(folder), socket, jobs)
        campaign.learn()
        yield campaign


def _fitting(mutants: Sequence[Mutant], campaign: Campaign) -> list[Mutant]:
    """Keep the mutants that concern something which the server claims."""
    return [m for m in mutants if any(known.judged(i, campaign.profiles) for i in m.requirements)]


def _digests(campaign: Campaign) -> dict[str, str]:
    return {case.title: case.digest for case in campaign.cases}


def _all(root: Path, seed: int) -> list[Mutant]:
    contract = Contract(load("openapi"), load("events"), load("errors"))
    return [*known.wire(contract, load("metrics"), seed), *known.named(root / known.FOLDER)]
