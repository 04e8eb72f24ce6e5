"""What every page of a report is: one file that refers to nothing outside it and runs no other script."""

import base64
import hashlib
from importlib.resources import files

from orchqueue.report.markup import Content, Markup, tag


def document(title: str, *content: Content, script: str | None = None) -> str:
    """Give a whole page in the style of `page.css`, with the script of that name in this package, or none."""
    style, code = _own("page.css"), _own(script) if script else ""
    runs = f"; script-src {_source(code)}" if code else ""
    policy = f"default-src 'none'; style-src {_source(style)}{runs}; base-uri 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag("body", *content, tag("script", Markup(code)) if code else None)
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _source(content: str) -> str:
    """Name a style or script by its digest, so that no other one runs even if text should become one."""
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
