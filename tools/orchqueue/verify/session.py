"""One conformance run from end to end: run the features, gather the evidence, judge, and draw it together."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchqueue.kit.metrics import Contract as MetricsContract
from orchqueue.verify import baseline, checks, evidence, features, leaks, metrics_check
from orchqueue.verify.errors import RunnerError
from orchqueue.verify.evidence import Claims, ExchangeRecord, ScenarioRecord
from orchqueue.verify.finding import Look
from orchqueue.verify.runspec import API_KEY, CONTROL_KEY, RunSpec, TargetKind
from orchqueue.verify.together import parts, together
from orchqueue.verify.verdicts import (
    ALWAYS_JUDGED,
    WIRE_KINDS,
    Check,
    Circumstances,
    Summary,
    judge,
    summarise,
)
from orchqueue_contract import DIGESTS, load
from orchqueue_contract.metrics import BUCKETS_MS, LABELS, OUTSIDE_BUDGET, SERIES
from orchqueue_contract.requirement_ids import REQUIREMENTS, Requirement

if TYPE_CHECKING:
    from orchqueue.verify.provider import Provider

CHECKS_FILE = Path("build/checks.jsonl")
MUTANTS_FILE = Path("build/mutants.json")
OBSERVED_FILE = Path("build/observed.json")
RUN_FOLDER = Path("build/run")
RETRY_FOLDER = "again"
LEAST = 200  # exchanges that are worth a process of their own
# Whoever tells claims serves it, so that this one says nothing about the profile that it stands under.
CLAIMS_OPERATION = "getCapabilities"

Take = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Session:
    """What was asked for: the run, the tree that it reads from and writes to, and how strictly to judge."""

    spec: RunSpec
    root: Path
    baseline: Path | None = None
    lenient: bool = False
    strict_flaky: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def bundled(self) -> bool:
        """Whether the target is the reference server of this distribution."""
        return self.spec.target.kind is TargetKind.REFERENCE

    @property
    def partial(self) -> bool:
        """Whether only some scenarios run, so that only what they check can be judged."""
        return bool(self.spec.features or self.spec.smoke or self.spec.explore)

    @property
    def narrowed(self) -> bool:
        """Whether less than everything was asked for, so that what was not seen says nothing."""
        return self.partial or bool(self.spec.requirements)


@dataclass(frozen=True)
class RunInfo:
    """What the report tells about the run itself.

    `started` is ISO 8601 in UTC, `rerun` the shell line that judges the target again, `mutants` names the
    servers wrong on purpose that each requirement's checks have caught.
    """

    target: str
    rerun: str
    seed: int
    started: str
    seconds: float
    scenarios: int
    exchanges: int
    claims: Claims
    digests: Mapping[str, str]
    mutants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def make(session: Session, take: Take) -> tuple[Summary, RunInfo]:
    """Make the run and judge it. Raises VerifyError and its kin when it could not be made."""
    started, clock = datetime.now(UTC), time.monotonic()
    expected = baseline.read(session.baseline, REQUIREMENTS) if session.baseline else {}
    with _alone(Path(session.spec.out)):
        shutil.rmtree(session.spec.out, ignore_errors=True)
        with ThreadPoolExecutor(1) as beside:
            provider = beside.submit(_provider)
            features.run(_narrowed(session.spec), take, session.env)
        scenarios = _with_rerun(session, expected, take)
        gathered = _gather(session, provider.result(), scenarios)
    summary = _judge(session, gathered, expected)
    info = RunInfo(
        target=session.spec.target.described,
        rerun=session.spec.target.rerun,
        seed=session.spec.seed,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        scenarios=len(scenarios),
        exchanges=gathered.exchanges,
        claims=gathered.claims,
        digests=DIGESTS,
        mutants=evidence.caught(session.root / MUTANTS_FILE) if session.bundled else {},
    )
    return summary, info


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep a second run out of the folder: two that write to one would judge each other's evidence.

    Raises RunnerError when another run is under way there.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_name(f"{out.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunnerError(
                f"another run writes to {out}; wait for it, or give this one its own --report-dir"
            ) from error
        yield


@dataclass(frozen=True)
class _Gathered:
    """What a run has shown: every check of every kind, and what is wrong with the run itself."""

    claims: Claims
    exchanges: int
    checks: list[Check]
    problems: list[str]
    under_claimed: list[str]


def _provider() -> "Provider":
    """Give the judge of exchanges. It takes longer to make than all else here, which is why it is made beside
    the run.
    """
    from orchqueue.verify.contract import Contract  # noqa: PLC0415
    from orchqueue.verify.provider import Provider  # noqa: PLC0415

    return Provider(Contract(load("openapi"), load("events"), load("errors")))


def _gather(session: Session, provider: "Provider", scenarios: list[ScenarioRecord]) -> _Gathered:
    out = Path(session.spec.out)
    claims, exchanges = evidence.claims(out), evidence.exchanges(out)
    judged = sorted({ALWAYS_JUDGED, *claims.profiles})
    scrapes = evidence.scrapes(out)
    calls: list[Callable[[], tuple[Look, list[str]]]] = [
        partial(metrics_check.look, scrapes, METRICS, judged),
        *(partial(_looked, provider, part) for part in parts(exchanges, LEAST)),
    ]
    # A small run is judged sooner than another process begins.
    (metrics, unparsable), *looks = together(calls) if len(calls) > 2 else [call() for call in calls]
    look = Look()
    for found, _ in looks:
        look.add(found)
    if not session.narrowed:
        _write_observed(session.root / OBSERVED_FILE, provider.observed(exchanges), judged)
    return _Gathered(
        claims,
        len(exchanges),
        [
            *checks.of_scenarios(scenarios),
            *look.checks("provider", "exchanges"),
            *leaks.look(exchanges, scrapes, out, _own_keys()).checks("provider", "texts"),
            *metrics.checks("metrics", "scrapes"),
            *checks.of_records(evidence.checks(session.root / CHECKS_FILE)),
        ],
        [*checks.problems(scenarios, REQUIREMENTS), *unparsable],
        _under_claimed(provider, exchanges, claims),
    )


def _looked(provider: "Provider", exchanges: Iterable[ExchangeRecord]) -> tuple[Look, list[str]]:
    return provider.look(exchanges), []


def _own_keys() -> list[str]:
    """Give the keys of an attached target, which nobody has planted."""
    return [key for name in (API_KEY, CONTROL_KEY) if (key := os.environ.get(name))]


METRICS = MetricsContract(SERIES, LABELS, BUCKETS_MS, OUTSIDE_BUDGET)


def _narrowed(spec: RunSpec) -> RunSpec:
    """Run fewer scenarios for single requirements where that is enough to judge them.

    What provider and metrics checks see comes from all scenarios, so theirs need all of them.
    """
    kinds = {kind for identifier in spec.requirements for kind in REQUIREMENTS[identifier].checked_by}
    return spec if kinds & set(WIRE_KINDS) == {"behave"} else replace(spec, requirements=())


def _with_rerun(session: Session, expected: Mapping[str, str], take: Take) -> list[ScenarioRecord]:
    """Give the scenarios of the run, after those that failed have been run once more, alone."""
    out = Path(session.spec.out)
    scenarios = evidence.scenarios(out)
    failed = checks.to_rerun(scenarios, expected)
    if not failed:
        return scenarios
    profiles = evidence.claims(out).profiles
    take({"what": "note", "text": f"{len(failed)} failed; running them again, alone"})
    again = replace(
        session.spec,
        out=str(out / RETRY_FOLDER),
        only=failed,
        jobs=1,
        profiles=profiles,
        requirements=(),
        features=(),
        smoke=False,
    )
    features.run(again, take, session.env)
    return checks.rerun(scenarios, evidence.scenarios(Path(again.out)))


def _judge(session: Session, gathered: _Gathered, expected: Mapping[str, str]) -> Summary:
    circumstances = Circumstances(
        claims=frozenset(gathered.claims.profiles),
        bundled=session.bundled,
        lenient=session.lenient,
        strict_flaky=session.strict_flaky,
        partial=session.partial,
        selected=bool(session.spec.requirements),
    )
    chosen = _requirements(session, gathered.checks)
    judgements = judge(chosen, gathered.checks, expected, circumstances)
    under_claimed = [] if session.narrowed else gathered.under_claimed
    return summarise(chosen, judgements, gathered.problems, under_claimed, circumstances)


def _requirements(session: Session, made: Iterable[Check]) -> Mapping[str, Requirement]:
    """Give the requirements to be judged: all, those asked for, or those of the chosen scenarios."""
    if session.spec.requirements:
        return {identifier: REQUIREMENTS[identifier] for identifier in session.spec.requirements}
    if session.partial:
        named = {check.id for check in made if check.kind == "behave"}
        return {identifier: REQUIREMENTS[identifier] for identifier in sorted(named & set(REQUIREMENTS))}
    return REQUIREMENTS


def _under_claimed(provider: "Provider", exchanges: Iterable[ExchangeRecord], claims: Claims) -> list[str]:
    known = {ALWAYS_JUDGED, *claims.profiles}
    served = provider.served(exchanges)
    return sorted(
        profile
        for profile, operations in served.items()
        if profile not in known and operations - {CLAIMS_OPERATION}
    )


def _write_observed(path: Path, observed: list[dict[str, Any]], profiles: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"profiles": profiles, "observed": observed}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
