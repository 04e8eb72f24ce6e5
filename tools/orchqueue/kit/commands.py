"""The kit's commands: `engine` and `metrics-lint`. They read arguments, call the kit, and print."""

import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

from orchqueue.kit.client import Client
from orchqueue.kit.engine.formats import FORMATS
from orchqueue.kit.engine.plan import engine_from_file
from orchqueue.kit.errors import ExpositionError, KitError
from orchqueue.kit.metrics import Contract, MetricFinding, Scrape, counters_fell, lint, parse_exposition
from orchqueue.kit.metrics.read import read_metrics


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
    """Run a scripted engine in the foreground until SIGTERM or SIGINT; the first line printed is its URL."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with engine_from_file(script, host=host, port=port, wire_format=wire_format) as running:
        click.echo(running.url)
        over.wait()


@click.command("metrics-lint")
@click.argument("sources", nargs=-1, required=True, metavar="URL|FILE…")
@click.option(
    "--profile", "profiles", multiple=True, default=("core",), show_default=True, help="A claimed profile."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def metrics_lint(sources: tuple[str, ...], profiles: tuple[str, ...], as_json: bool) -> None:
    """Hold scrapes against the metrics contract.

    Several are taken as successive: no counter may fall between them.

    Exits 0 when nothing was found, 1 otherwise, 2 when a source could not be read.
    """
    findings: list[tuple[str, MetricFinding]] = []
    before: Scrape | None = None
    contract = _contract()
    for source in sources:
        try:
            scrape = _read(source)
        except ExpositionError as error:
            # OC-METRICS-7104: what cannot be read strictly is a finding of its own
            broken = MetricFinding(
                "the exposition", "a text that parses strictly", str(error), ("OC-METRICS-7104",)
            )
            findings.append((source, broken))
            continue
        found = lint(scrape, contract, profiles)
        findings += [
            (source, finding) for finding in found + (counters_fell(before, scrape) if before else [])
        ]
        before = scrape
    _print(findings, as_json=as_json)
    sys.exit(1 if findings else 0)


def _contract() -> Contract:
    from orchqueue_contract import metrics as tables  # noqa: PLC0415 - the engine command needs no contract

    return Contract(tables.SERIES, tables.LABELS, tables.BUCKETS_MS, tables.OUTSIDE_BUDGET)


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


def _print(findings: list[tuple[str, MetricFinding]], *, as_json: bool) -> None:
    if as_json:
        rows = [{"source": source, **asdict(finding)} for source, finding in findings]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for source, finding in findings:
        click.echo(f"{source}: {finding}")
    click.echo(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}")
