"""The command `orchqueue metrics-lint`: reads scrapes, has them judged, and prints what was found."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

from orchqueue.kit.client import Client
from orchqueue.kit.errors import ExpositionError, KitError
from orchqueue.kit.metrics.exposition import parse_exposition
from orchqueue.kit.metrics.lint import Contract, MetricFinding, counters_fell, lint
from orchqueue.kit.metrics.read import read_metrics
from orchqueue.kit.metrics.rules import installed_rules, read_rules
from orchqueue.kit.metrics.scrape import Scrape
from orchqueue.kit.metrics.sums import read_requests, wrong_sums

Found = tuple[str, MetricFinding]
PAIR = 2


@click.command("metrics-lint")
@click.argument("sources", nargs=-1, required=True, metavar="URL|FILE…")
@click.option(
    "--profile", "profiles", multiple=True, default=("core",), show_default=True, help="A claimed profile."
)
@click.option(
    "--rules", type=click.Path(path_type=Path), help="A metrics.lint.json [the kit's own contract]."
)
@click.option(
    "--requests",
    type=click.Path(path_type=Path),
    help="What was asked between two scrapes, as in exchanges.jsonl: counters have to move by just that.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def metrics_lint(
    sources: tuple[str, ...],
    profiles: tuple[str, ...],
    rules: Path | None,
    requests: Path | None,
    as_json: bool,
) -> None:
    """Hold scrapes against the metrics contract.

    Several are taken as successive: no counter may fall between them.

    Exits 0 when nothing was found, 1 otherwise, 2 when a source could not be read.
    """
    if requests is not None and len(sources) != PAIR:
        raise click.UsageError("--requests are those between two scrapes: give two")
    contract = read_rules(rules) if rules else installed_rules()
    _check_known(profiles, contract)
    asked = [] if requests is None else read_requests(_text(requests), str(requests))
    found, scrapes = _look(sources, contract, profiles)
    if requests is not None and len(scrapes) == PAIR:
        before, after = scrapes
        found += [(sources[1], finding) for finding in wrong_sums(before, after, asked)]
    _print(found, as_json=as_json)
    sys.exit(1 if found else 0)


def _check_known(profiles: tuple[str, ...], contract: Contract) -> None:
    known = {row.profile for row in contract.series.values()}
    for profile in profiles:
        if profile not in known:
            raise click.UsageError(
                f"no series has the profile {profile}; there are {', '.join(sorted(known))}"
            )


def _look(
    sources: tuple[str, ...], contract: Contract, profiles: tuple[str, ...]
) -> tuple[list[Found], list[Scrape]]:
    found: list[Found] = []
    scrapes: list[Scrape] = []
    for source in sources:
        try:
            scrape = _read(source)
        except ExpositionError as error:
            # OC-METRICS-7104: what cannot be read strictly is a finding of its own
            told = "the exposition", "a text that parses strictly", str(error), ("OC-METRICS-7104",)
            found.append((source, MetricFinding(*told)))
            continue
        fell = counters_fell(scrapes[-1], scrape) if scrapes else []
        found += [(source, finding) for finding in lint(scrape, contract, profiles) + fell]
        scrapes.append(scrape)
    return found, scrapes


def _read(source: str) -> Scrape:
    if "://" in source:
        parts = urlsplit(source)
        path = parts.path if parts.path not in {"", "/"} else "/metrics"
        return read_metrics(Client(f"{parts.scheme}://{parts.netloc}"), path=path)
    try:
        text = Path(source).read_bytes()
    except OSError as error:
        raise KitError(f"{source} cannot be read: {error.strerror}") from error
    open_metrics = text.rstrip().endswith(b"# EOF")
    return parse_exposition(text, "application/openmetrics-text" if open_metrics else "text/plain")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KitError(f"{path} is no text: {error.reason}") from error


def _print(found: list[Found], *, as_json: bool) -> None:
    if as_json:
        rows = [{"source": source, **asdict(finding)} for source, finding in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for source, finding in found:
        click.echo(f"{source}: {finding}")
    click.echo(f"{len(found)} finding{'' if len(found) == 1 else 's'}")
