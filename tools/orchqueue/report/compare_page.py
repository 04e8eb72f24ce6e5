"""Two runs side by side as one page: each requirement that came off differently, with what either run saw."""

from pathlib import Path

from orchqueue.report.compare import Difference
from orchqueue.report.document import document
from orchqueue.report.evidence_view import check_view
from orchqueue.report.markup import Markup, tag
from orchqueue.verify.evidence import Outcome
from orchqueue.verify.verdicts import Check


def compare_page(before: Path, after: Path, differences: list[Difference]) -> str:
    """Give the whole page; those that held and do not any more come first."""
    worse = [each for each in differences if each.worse]
    told = f"Requirements that differ: {len(differences)}; that held and do not any more: {len(worse)}."
    facts = [("Before", str(before)), ("After", str(after))]
    listed = [tag("div", tag("dt", name), tag("dd", tag("code", value))) for name, value in facts]
    header = tag("header", tag("h1", "Two conformance runs"), tag("dl", listed))
    in_order = sorted(differences, key=lambda each: (not each.worse, each.id))
    main = tag(
        "main",
        tag("p", told, class_="outcome bad" if worse else "outcome good"),
        tag("h2", "Differences"),
        [_difference(each) for each in in_order] or tag("p", "There are none."),
    )
    return document("Two conformance runs", header, main)


def _difference(each: Difference) -> Markup:
    summary = tag(
        "summary",
        tag("code", each.id),
        _badge(each.before),
        _badge(each.after),
        tag("span", each.title, class_="title"),
    )
    sides = tag("div", _side("Before", each.old), _side("After", each.new), class_="sides")
    return tag(
        "details",
        summary,
        tag("div", sides, class_="inside"),
        id=each.id,
        class_="difference",
        open=each.worse,
    )


def _badge(verdict: str | None) -> Markup:
    return tag("span", verdict or "absent", class_=f"badge v-{verdict or 'excluded'}")


def _side(name: str, row: dict[str, object] | None) -> Markup:
    if row is None:
        return tag("div", tag("h3", name), tag("p", "This run does not know the requirement."))
    checks = [check_view(_check(str(row["id"]), each)) for each in _list(row.get("checks"))]
    return tag("div", tag("h3", name), tag("p", str(row.get("reason", ""))), checks)


def _check(identifier: str, record: dict[str, object]) -> Check:
    seconds = record.get("seconds", 0.0)
    return Check(
        str(record.get("kind", "")),
        identifier,
        str(record.get("name", "")),
        Outcome(str(record["outcome"])),
        str(record.get("detail", "")),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        tuple(_list(record.get("evidence"))),
    )


def _list(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
