"""The command `orchqueue verify`: what was asked for, one call, and what came of it."""

import json
import os
import secrets
import shlex
import signal
import sys
from dataclasses import replace
from pathlib import Path

import click

from orchqueue.report import write_reports
from orchqueue.verify import session, summary_text
from orchqueue.verify.display import Display
from orchqueue.verify.errors import RunnerError, SelectionError
from orchqueue.verify.runspec import API_KEY, CONTROL_KEY, RunSpec, TargetKind, TargetSpec
from orchqueue.verify.session import RUN_FOLDER, RunInfo, Session
from orchqueue.verify.verdicts import Summary
from orchqueue_contract.requirement_ids import REQUIREMENTS

# Scenarios mostly wait, so two cores carry four processes.
JOBS = 4
BASELINE = Path("bdd/baseline/reference.yaml")
REPORT = Path("build/report")


@click.command()
@click.argument("features", nargs=-1)
@click.option("--target", type=click.Choice(["reference"]), help="The bundled server (the default).")
@click.option(
    "--target-cmd", metavar="CMD", help="Start a server by this command; {config} is its configuration."
)
@click.option("--url", help="Judge a server that runs already.")
@click.option("--api-key", envvar=API_KEY, help=f"Its key for data routes; better given as {API_KEY}.")
@click.option("--control-key", envvar=CONTROL_KEY, help=f"Its key for control routes, or {CONTROL_KEY}.")
@click.option(
    "--engine-listen", metavar="HOST:PORT", help="Where its operator points a pool at the kit's engine."
)
@click.option(
    "--attached-lenient", is_flag=True, help="Forgive what an attached server cannot be brought to."
)
@click.option("--profile", "profiles", multiple=True, help="Judge this profile, whatever the server claims.")
@click.option(
    "--requirement", "requirements", multiple=True, metavar="ID", help="Judge only this requirement."
)
@click.option("--smoke", is_flag=True, help="Run only the scenarios tagged @smoke.")
@click.option("--explore", is_flag=True, help="Run only what is made from the contract by schemathesis.")
@click.option("--deep", is_flag=True, help="Explore with many more requests, made from the seed.")
@click.option("--seed", type=int, help="The order of scenarios; a random one is chosen and shown.")
@click.option(
    "--times",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Runs to make, each in another order; the first that is not as it should be is the last.",
)
@click.option(
    "-j", "--jobs", default=JOBS, show_default=True, type=click.IntRange(1, 64), help="Processes to run in."
)
@click.option("--baseline", type=click.Path(path_type=Path), help="Requirements that are expected to fail.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON; progress goes to stderr.")
@click.option("--report-dir", type=click.Path(path_type=Path), help="Where the reports go [build/report].")
@click.option("--root", default=".", type=click.Path(path_type=Path, exists=True), help="The working tree.")
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    features: tuple[str, ...],
    target: str | None,
    target_cmd: str | None,
    url: str | None,
    api_key: str | None,
    control_key: str | None,
    engine_listen: str | None,
    attached_lenient: bool,
    profiles: tuple[str, ...],
    requirements: tuple[str, ...],
    smoke: bool,
    explore: bool,
    deep: bool,
    seed: int | None,
    times: int,
    jobs: int,
    baseline: Path | None,
    as_json: bool,
    report_dir: Path | None,
    root: Path,
) -> None:
    """Say for every requirement whether a server holds it, with the evidence.

    FEATUREs narrow the run to files or folders below the features; then only what they check is judged.

    Exits 0 when all that is claimed holds, 1 when something does not, 2 when the run could not be made.
    """
    chosen = _target(target, target_cmd, url, engine_listen, attached_lenient=attached_lenient)
    _check_known(profiles, requirements)
    spec = RunSpec(
        target=chosen,
        out=os.fspath((report_dir / "run" if report_dir else root / RUN_FOLDER).resolve()),
        seed=secrets.randbelow(2**31) if seed is None else seed,
        jobs=jobs,
        features=tuple(_feature(path) for path in features),
        requirements=requirements,
        smoke=smoke,
        explore=explore or deep,
        deep=deep,
        profiles=profiles or None,
    )
    asked = Session(
        spec,
        root,
        baseline or _default_baseline(root, chosen),
        lenient=attached_lenient,
        # In CI nobody looks twice: what passes only now and then is a failure there. Whoever looks many times
        # looks for just that.
        strict_flaky=times > 1 or bool(os.environ.get("CI")),
        env={name: key for name, key in ((API_KEY, api_key), (CONTROL_KEY, control_key)) if key},
    )
    display = Display(sys.stderr if as_json else sys.stdout)
    # Whoever ends a run by SIGTERM, as CI does, gets what the interrupt at a terminal gives: nothing goes on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = report_dir or root / REPORT
    for number in range(times):
        made = replace(asked, spec=replace(spec, seed=spec.seed + number))
        summary, info = _make(made, display)
        if times > 1:
            display.line(f"run {number + 1} of {times}: seed {made.spec.seed}, {info.seconds} s")
        if summary.exit_code:
            break
    write_reports(summary, info, folder)
    if as_json:
        click.echo(_json(summary))
    else:
        click.echo(summary_text.text(summary, chosen.rerun))
        click.echo(f"seed {info.seed}, {info.seconds} s, report: {folder / 'index.html'}")
    if times > 1 and summary.exit_code:
        display.line(f"the same order again: {_replay(made.spec)}")
    ctx.exit(summary.exit_code)


def _make(asked: Session, display: Display) -> tuple[Summary, RunInfo]:
    """Make one run. Raises RunnerError when it is interrupted."""
    try:
        return session.make(asked, display.take)
    except KeyboardInterrupt as interrupt:
        raise RunnerError("the run was interrupted, so there are no verdicts") from interrupt
    finally:
        display.finish()


def _replay(spec: RunSpec) -> str:
    """Give the shell line that runs the same scenarios in the same order; keys are not in it."""
    words = ["--seed", str(spec.seed), "--jobs", str(spec.jobs)]
    words += ["--smoke"] * spec.smoke + ["--deep" if spec.deep else "--explore"] * spec.explore
    for option, values in (("--profile", spec.profiles or ()), ("--requirement", spec.requirements)):
        for value in values:
            words += [option, value]
    return f"{spec.target.rerun} {shlex.join([*words, *spec.features])}"


def _target(
    target: str | None, command: str | None, url: str | None, listen: str | None, *, attached_lenient: bool
) -> TargetSpec:
    if sum(given is not None for given in (target, command, url)) > 1:
        raise click.UsageError("give one of --target, --target-cmd and --url")
    if url is None and (listen or attached_lenient):
        raise click.UsageError("--engine-listen and --attached-lenient go with --url")
    if listen is not None and not listen.rpartition(":")[2].isdigit():
        raise click.UsageError(f"--engine-listen {listen} is not HOST:PORT")
    if command is not None:
        return TargetSpec(TargetKind.COMMAND, command=command)
    if url is not None:
        return TargetSpec(TargetKind.ATTACHED, url=url, engine_listen=listen)
    return TargetSpec()


def _check_known(profiles: tuple[str, ...], requirements: tuple[str, ...]) -> None:
    known = {requirement.profile for requirement in REQUIREMENTS.values()}
    if unknown := sorted(set(profiles) - known):
        raise SelectionError(
            f"no requirement has the profile {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        )
    if missing := sorted(set(requirements) - set(REQUIREMENTS)):
        raise SelectionError(f"no spec has {', '.join(missing)}")


def _feature(path: str) -> str:
    """Give a path below the features, however it was written."""
    parts = Path(path).parts
    return "/".join(parts[parts.index("features") + 1 :]) if "features" in parts else path


def _default_baseline(root: Path, target: TargetSpec) -> Path | None:
    path = root / BASELINE
    return path if target.kind is TargetKind.REFERENCE and path.exists() else None


def _json(summary: Summary) -> str:
    return json.dumps(
        {
            "exit_code": summary.exit_code,
            "counts": {str(verdict): count for verdict, count in sorted(summary.counts.items())},
            "problems": list(summary.problems),
            "over_claimed": list(summary.over_claimed),
            "under_claimed": list(summary.under_claimed),
            "requirements": [
                {
                    "id": each.requirement.id,
                    "verdict": str(each.verdict),
                    "reason": each.reason,
                    "stale": each.stale,
                }
                for each in summary.judgements
            ],
        },
        indent=1,
        ensure_ascii=False,
    )
