"""How a check shows on the page: its outcome, and its exchanges with curl lines and timelines of events."""

import json
from typing import Any

from orchqueue.report.markup import Markup, tag, text
from orchqueue.verify.verdicts import Check

_WIDTH, _HEIGHT, _MARK = 1000, 16, 4
_KINDS = frozenset({"started", "token", "metrics", "end", "error"})


def check_view(check: Check) -> Markup:
    """Give a check with its evidence."""
    told = [
        tag("span", str(check.outcome), class_=f"badge o-{check.outcome}"),
        " ",
        tag("span", check.kind, class_="kind"),
        " ",
        check.name,
        tag("span", f" {check.seconds:.2f} s", class_="meta") if check.seconds else None,
    ]
    detail = (
        tag("pre", check.detail, class_="detail", tabindex=0, role="group", aria_label="detail")
        if check.detail
        else None
    )
    exchanges = [exchange_view(each) for each in check.evidence]
    return tag("section", tag("h3", told), detail, exchanges, class_="check")


def exchange_view(exchange: dict[str, Any]) -> Markup:
    """Give an exchange, folded: request and status in the heading, headers, bodies and events inside."""
    took = f" · {exchange['ms']} ms" if "ms" in exchange else ""
    heading = f"{exchange.get('method', '')} {exchange.get('url', '')} → {exchange.get('status', '')}{took}"
    headers = "\n".join(f"{name}: {value}" for name, value in exchange.get("headers", []))
    return tag(
        "details",
        tag("summary", tag("code", heading)),
        block("curl", exchange.get("curl", "")),
        block("request body", exchange.get("request_body", "")),
        block("response headers", headers),
        block("response body", exchange.get("body", "")),
        _timeline(exchange),
        block("findings of the strict reader", "\n".join(exchange.get("findings", []))),
        class_="exchange",
    )


def block(label: str, content: str) -> Markup | None:
    """Give text under a label, or nothing where there is no text."""
    if not content:
        return None
    return tag(
        "figure", tag("figcaption", label), tag("pre", content, tabindex=0, role="group", aria_label=label)
    )


def _timeline(exchange: dict[str, Any]) -> Markup | None:
    """Draw the events of a stream over time, and list them below with their milliseconds."""
    events = exchange.get("events", [])
    if not events:
        return None
    last = max(float(event["ms"]) for event in events) or 1.0
    title = f"{len(events)} events in {last:.0f} ms"
    kinds = list(dict.fromkeys(_kind(event) for event in events))
    lanes = [_lane(kind, [each for each in events if _kind(each) == kind], last) for kind in kinds]
    drawing = tag("div", lanes, tag("span", "0 ms"), tag("span", f"{last:.0f} ms"), class_="timeline")
    left_out = exchange.get("events_left_out", 0)
    note = tag("p", f"{left_out} events in the middle are left out.", class_="meta") if left_out else None
    rows = [_row(event) for event in events]
    head = tag("tr", [tag("th", name, scope="col") for name in ("ms", "id", "event", "data")])
    table = tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", rows)),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="events",
    )
    return tag("figure", tag("figcaption", title), drawing, note, table)


def _kind(event: dict[str, Any]) -> str:
    name = str(event["event"])
    return name if name in _KINDS else "other"


def _lane(kind: str, events: list[dict[str, Any]], last: float) -> Markup:
    """Draw the events of one kind along the time of all."""
    marks = [
        tag(
            "rect",
            tag("title", f"{event['event']} at {event['ms']} ms"),
            x=str(round(float(event["ms"]) / last * (_WIDTH - _MARK), 1)),
            y=0,
            width=_MARK,
            height=_HEIGHT,
        )
        for event in events
    ]
    drawing = tag(
        "svg",
        tag("title", f"{kind}: {', '.join(str(event['ms']) for event in events)} ms"),
        marks,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        class_=f"e-{kind}",
    )
    return text([tag("span", f"{kind}: {len(events)}"), drawing])


def _row(event: dict[str, Any]) -> Markup:
    shown = event["data"] if isinstance(event["data"], str) else json.dumps(event["data"])
    cells = [
        event["ms"],
        event["id"] if event["id"] is not None else "none",
        event["event"],
        tag("code", shown),
    ]
    return tag("tr", [tag("td", cell) for cell in cells])
