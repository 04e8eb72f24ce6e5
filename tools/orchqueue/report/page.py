"""The report as one page: families and verdicts, and every requirement with what its verdict rests on.

The page holds no reference to anything outside it, works without its script (which filters and searches), and
lets none of what a server answered become markup.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from orchqueue.report.document import document
from orchqueue.report.evidence_view import block, check_view
from orchqueue.report.markup import Content, Markup, prose, tag, text
from orchqueue.verify.session import RunInfo
from orchqueue.verify.summary_text import family
from orchqueue.verify.verdicts import Judgement, Summary, Verdict
from orchqueue_contract.requirement_ids import Requirement

LEVELS = ("MUST", "SHOULD", "MAY")


def page(summary: Summary, info: RunInfo) -> str:
    """Give the whole page."""
    main = tag(
        "main",
        _verdict(summary),
        _problems(summary),
        _matrix("Profile", lambda each: each.profile, summary.judgements),
        _matrix("Family", lambda each: family(each.id), summary.judgements),
        _kill_matrix(info.mutants),
        _filters(summary.judgements),
        tag("div", [_requirement(each, info) for each in summary.judgements], id="requirements"),
        tag("p", "Nothing matches these filters.", id="nothing", hidden=True),
    )
    return document(f"Conformance of {info.target}", _header(info), main, _footer(info), script="page.js")


def _header(info: RunInfo) -> Markup:
    claims = ", ".join(info.claims.profiles) or "none"
    facts: list[tuple[str, Content]] = [
        ("Target", tag("code", info.target)),
        ("Started", tag("time", info.started, datetime=info.started)),
        ("Took", f"{info.seconds} s, {info.scenarios} scenarios, {info.exchanges} exchanges"),
        ("Seed", info.seed),
        ("Claims", claims),
        ("API version", info.claims.api_version or "not told"),
    ]
    listed = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    return tag("header", tag("h1", "Conformance report"), tag("dl", listed))


def _verdict(summary: Summary) -> Markup:
    counts, total = summary.counts, len(summary.judgements)
    broken = len(summary.failures)
    if summary.exit_code:
        other = len(summary.problems) + len(summary.over_claimed)
        more = f", and {other} problems of the run" if other else ""
        told = f"Does not hold: {broken} of {total} requirements against the target{more}."
    else:
        told = f"Holds: {counts[Verdict.PASS]} of {total} requirements pass, none is against the target."
    return tag("p", told, class_="outcome bad" if summary.exit_code else "outcome good")


def _problems(summary: Summary) -> Markup:
    over = [f"Over-claimed: nothing of the profile {profile} holds." for profile in summary.over_claimed]
    under = [f"Under-claimed: {profile} is served, but not claimed." for profile in summary.under_claimed]
    told = [*summary.problems, *over, *under]
    if not told:
        return Markup()
    return tag(
        "section", tag("h2", "The run"), tag("ul", [tag("li", each) for each in told]), class_="problems"
    )


def _matrix(heading: str, group: Callable[[Requirement], str], judgements: Iterable[Judgement]) -> Markup:
    """Count the verdicts of each group of requirements."""
    groups: dict[str, Counter[Verdict]] = {}
    for judgement in judgements:
        groups.setdefault(group(judgement.requirement), Counter())[judgement.verdict] += 1
    totals = sum(groups.values(), Counter())
    shown = [verdict for verdict in Verdict if totals[verdict]]
    head = tag(
        "tr",
        tag("th", heading, scope="col"),
        [tag("th", v, scope="col") for v in shown],
        tag("th", "all", scope="col"),
    )
    rows = [_row(name, counts, shown) for name, counts in sorted(groups.items())]
    foot = _row("all", totals, shown)
    table = tag("table", tag("thead", head), tag("tbody", rows), tag("tfoot", foot))
    shown_by = f"Verdicts by {heading.lower()}"
    scroll = tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=shown_by)
    return tag("section", tag("h2", shown_by), scroll)


def _row(name: str, counts: Counter[Verdict], shown: list[Verdict]) -> Markup:
    cells = [
        tag("td", counts[verdict] or "·", class_=f"v-{verdict}" if counts[verdict] else "none")
        for verdict in shown
    ]
    return tag("tr", tag("th", name, scope="row"), cells, tag("td", counts.total()))


def _kill_matrix(mutants: Mapping[str, Sequence[str]]) -> Markup:
    """Which wrong servers each requirement's own checks have caught, as the committed matrix has it."""
    if not mutants:
        return Markup()
    head = tag("tr", [tag("th", name, scope="col") for name in ("Requirement", "Caught", "Wrong servers")])
    rows = [
        tag(
            "tr",
            tag("th", tag("code", name), scope="row"),
            tag("td", len(caught)),
            tag("td", ", ".join(caught), class_="names"),
        )
        for name, caught in sorted(mutants.items())
    ]
    table = tag("table", tag("thead", head), tag("tbody", rows))
    told = f"Kill matrix: servers wrong on purpose that the checks of {len(mutants)} requirements catch"
    shown = tag("div", table, class_="scroll", tabindex=0)
    return tag("details", tag("summary", told), shown, id="kill-matrix")


def _caught(mutants: Sequence[str]) -> Markup:
    if not mutants:
        return Markup()
    return tag(
        "p", tag("strong", f"Catches {len(mutants)} wrong servers: "), ", ".join(mutants), class_="meta"
    )


def _filters(judgements: Iterable[Judgement]) -> Markup:
    listed = list(judgements)
    found = {each.verdict for each in listed}
    profiles = sorted({each.requirement.profile for each in listed})
    return tag(
        "form",
        tag("h2", "Requirements"),
        tag("label", "Search", tag("input", type="search", id="search", autocomplete="off")),
        _choice("verdict", "Verdict", [str(verdict) for verdict in Verdict if verdict in found]),
        _choice("profile", "Profile", profiles),
        _choice("level", "Level", list(LEVELS)),
        tag("output", f"{len(listed)} shown", id="count"),
        id="filters",
        role="search",
    )


def _choice(name: str, label: str, values: list[str]) -> Markup:
    options = [tag("option", "all", value=""), *(tag("option", value, value=value) for value in values)]
    return tag("label", label, tag("select", options, id=name))


def _requirement(judgement: Judgement, info: RunInfo) -> Markup:
    requirement, verdict = judgement.requirement, judgement.verdict
    shown = "stale" if judgement.stale else verdict
    summary = tag(
        "summary",
        tag("span", shown, class_=f"badge v-{'fail' if judgement.stale else verdict}"),
        " ",
        tag("code", requirement.id),
        " ",
        tag("span", prose(requirement.title), class_="title"),
        " ",
        tag("span", f"{requirement.level} · {requirement.profile}", class_="meta"),
    )
    inside = [
        tag("p", prose(requirement.text), class_="normative"),
        tag("p", tag("strong", f"{verdict}: "), judgement.reason),
        tag("p", _origin(judgement), class_="meta"),
        block("to see it again", f"{info.rerun} --requirement {requirement.id} --seed {info.seed}"),
        _caught(info.mutants.get(requirement.id, ())),
        [check_view(check) for check in judgement.checks],
    ]
    return tag(
        "details",
        summary,
        tag("div", inside, class_="inside"),
        id=requirement.id,
        class_="requirement",
        data_verdict=verdict,
        data_profile=requirement.profile,
        data_level=requirement.level,
    )


def _origin(judgement: Judgement) -> Markup:
    requirement = judgement.requirement
    kinds = ", ".join(requirement.checked_by) or "nothing"
    told = f"{requirement.source} · revision {requirement.revision} · checked by {kinds}"
    return text([told, f" · refines {', '.join(requirement.refines)}" if requirement.refines else ""])


def _footer(info: RunInfo) -> Markup:
    rows = [tag("li", f"{name} ", tag("code", digest[:16])) for name, digest in info.digests.items()]
    return tag("footer", tag("h2", "Contract"), tag("ul", rows))
