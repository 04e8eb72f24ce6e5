"""What is found before a configuration is changed: what is wrong with the new one, and what would change.

It changes nothing, and asks nobody but the engines, where that is wanted.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestratord.config_file import ConfigMode
from orchestratord.core.errors import ConfigurationError
from orchestratord.flow.changes import Change, changes
from orchestratord.flow.facts import Facts
from orchestratord.flow.journal import digest, journal_path
from orchestratord.flow.pid_file import State, read_state, running
from orchestratord.settings import KEY_VARIABLE, AskDriver, Settings, read_settings


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that does not hold, at a path, or of the file as a whole."""

    path: str
    message: str
    critical: bool = True

    @property
    def told(self) -> str:
        """One line."""
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration that shall be in force: its bytes, and the file that they would stand in."""

    data: bytes
    target: Path
    mode: ConfigMode = "strict"
    engines: bool = False


@dataclass(slots=True)
class Findings:
    """What a preflight has found. `settings` None: the configuration is refused; `pid_file` is that of the
    server that may serve it, `runs` whether one does, and `state` what it says.
    """

    settings: Settings | None = None
    pid_file: Path | None = None
    violations: list[Violation] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing_engines: list[str] = field(default_factory=list)
    state: State | None = None
    runs: bool = False

    @property
    def critical(self) -> list[Violation]:
        """What stands in the way."""
        return [one for one in self.violations if one.critical]

    def tell(self, facts: Facts) -> None:
        """Tell it all as facts."""
        facts.add("preflight.began")
        for one in self.violations:
            facts.add("preflight.violation", path=one.path, message=one.message, critical=one.critical)
        for change in self.changes:
            facts.add(
                "preflight.change", path=change.path, kind=change.kind, needs_restart=change.needs_restart
            )
        critical = len(self.critical)
        facts.add(
            "preflight.done",
            critical=critical,
            warnings=len(self.violations) - critical,
            changes=len(self.changes),
        )


class Assumed(Mapping[str, str]):
    """An environment of which it is assumed that it has what references ask for, and with `key` the server's
    own key; `missing` are the names that it has not. The server that runs may have another one.
    """

    def __init__(self, real: Mapping[str, str], *, key: bool) -> None:
        self._real = real
        self._key = key
        self.missing: set[str] = set()

    def __getitem__(self, name: str) -> str:
        if name not in self._real:
            self.missing.add(name)
        return self._real.get(name, "assumed")

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """What is there in truth, but for the server's own key."""
        return self[name] if name == KEY_VARIABLE and self._key else self._real.get(name, default)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._real)

    def __len__(self) -> int:
        return len(self._real)


def preflight(proposal: Proposal, environment: Mapping[str, str], ask_driver: AskDriver) -> Findings:
    """Look at a proposal, at what is in force, and at the server that runs. Raises OSError where these may
    not be looked at.
    """
    # OC-FLOW-6101
    found = Findings()
    before = _in_force(proposal, environment, ask_driver, found)
    _look_for_server(found, before)
    # A server whose file has no keys has one in its environment.
    assumed = Assumed(environment, key=before is not None and not before.document["keys"])
    try:
        found.settings = read_settings(
            proposal.target, assumed if found.runs else environment, proposal.mode, ask_driver, proposal.data
        )
    except ConfigurationError as error:
        found.violations += [_violation(problem) for problem in error.problems]
        return found
    if before is None:
        _look_for_server(found, found.settings)
    found.changes = _changes(before, found.settings)
    try:
        load_policies(found.settings)
    except ConfigurationError as error:
        found.violations += [_violation(problem) for problem in error.problems]
    # OC-FLOW-6103
    if found.runs:
        found.violations += [
            Violation(change.path, "can only change at a start, and a server runs")
            for change in found.changes
            if change.needs_restart
        ]
    found.violations += _warnings(found, assumed, proposal)
    return found


def _look_for_server(found: Findings, settings: Settings | None) -> None:
    found.pid_file = None if settings is None else settings.pid_file
    if found.pid_file is not None and running(found.pid_file):
        found.runs, found.state = True, read_state(found.pid_file)


def _in_force(
    proposal: Proposal, environment: Mapping[str, str], ask_driver: AskDriver, found: Findings
) -> Settings | None:
    target = proposal.target
    journal = journal_path(target)
    if journal.exists() and journal.stat().st_size:
        message = "an apply runs on it, or was cut off; the next commit or start puts that right"
        found.violations.append(Violation("", f"{target}: {message}", critical=False))
    if not target.exists():
        return None
    try:
        return read_settings(target, Assumed(environment, key=True), "compat", ask_driver)
    except ConfigurationError:
        message = "what is in force is bad itself, so nobody can say what would change"
        found.violations.append(Violation("", f"{target}: {message}", critical=False))
        return None


def _changes(before: Settings | None, after: Settings) -> list[Change]:
    return changes({} if before is None else before.document, after.document)


def _warnings(found: Findings, assumed: Assumed, proposal: Proposal) -> Iterator[Violation]:
    settings = found.settings
    assert settings is not None
    yield from (Violation(path, "unknown field", critical=False) for path in settings.ignored)
    for number, key in enumerate(settings.document["keys"]):
        known = next(one for one in settings.keys if one.id == key["id"])
        if known.not_after is not None and known.not_after <= time.time():
            yield Violation(f"/keys/{number}/not_after", "the key has expired", critical=False)
    for name in sorted(assumed.missing):
        yield Violation("", f"the variable {name} is not set here; the server may have it", critical=False)
    if found.state is not None and proposal.target.exists():
        in_force = digest(proposal.target.read_bytes())
        if in_force != found.state.digest or not found.state.taken:
            message = "the server does not serve what is in force, so it may find other changes"
            yield Violation("", f"{proposal.target}: {message}", critical=False)
    if proposal.engines:
        found.missing_engines = _missing_engines(settings)
        yield from (Violation("", line, critical=False) for line in found.missing_engines)


def load_policies(settings: Settings) -> None:
    """See whether the modules of a configuration can be loaded. Raises ConfigurationError."""
    if settings.service.policy.modules:
        from orchestratord.policy.host import PolicyHost  # noqa: PLC0415 - what runs WebAssembly is large

        PolicyHost(settings.service.policy).close()


def _missing_engines(settings: Settings) -> list[str]:
    from orchestratord.service.probing import missing_engines  # noqa: PLC0415 - only asked for with --engines

    return missing_engines(settings.service)


def _violation(problem: str) -> Violation:
    path, colon, message = problem.partition(": ")
    return Violation(path, message) if problem.startswith("/") and colon else Violation("", problem)
