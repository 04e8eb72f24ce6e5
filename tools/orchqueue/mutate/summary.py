"""What is said of a campaign in the terminal, and its exit code."""

from collections.abc import Sequence

from orchqueue.mutate.matrix import Matrix, Outcome, Row
from orchqueue.mutate.mutants import demanded

BAD = {Outcome.SURVIVED, Outcome.INCONCLUSIVE}


def line(row: Row) -> str:
    """Give one mutant in a line."""
    by = ", ".join(dict.fromkeys(kill.requirement for kill in row.killed_by))
    return f"{row.outcome:<12} {row.name} ({row.says}){f' by {by}' if by else ''}"


def text(rows: Sequence[Row], whole: Matrix | None, *, detailed: bool) -> str:
    """Give what came of them all, with the evidence where it was asked for."""
    lines = [evidence for row in rows if detailed for evidence in _evidence(row)]
    for row in rows:
        if row.outcome in BAD:
            caught = {kill.requirement for kill in row.killed_by}
            left = ", ".join(name for name in row.requirements if name not in caught)
            lines.append(f"{row.outcome}: {row.name} ({row.says}): {left}{f': {row.why}' if row.why else ''}")
    counts = ", ".join(f"{sum(row.outcome is each for row in rows)} {each}" for each in Outcome)
    lines.append(f"{len(rows)} mutants: {counts}")
    if whole is not None:
        needed, uncaught = demanded(whole.profiles), whole.uncaught()
        lines += [
            f"no mutant of {name} is caught by its own check: {needed[name].title}" for name in uncaught
        ]
        lines.append(
            f"{len(needed) - len(uncaught)} of {len(needed)} requirements have a mutant that is caught"
        )
    return "\n".join(lines)


def exit_code(rows: Sequence[Row], whole: Matrix | None) -> int:
    """0 when what was tried is caught, or was not met with; 1 when not."""
    return int(any(row.outcome in BAD for row in rows) or (whole is not None and bool(whole.uncaught())))


def _evidence(row: Row) -> list[str]:
    lines = []
    for kill in row.killed_by:
        lines.append(f"{row.name}: {kill.requirement} ({kill.check}) in {kill.scenario}")
        if kill.found is not None:
            lines.append(f"    {kill.found.detail}")
            lines += [f"    {each['curl']}" for each in kill.found.evidence[-1:] if each.get("curl")]
    return lines
