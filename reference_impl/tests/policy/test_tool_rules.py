"""Where tools may go and what may pass, by the lists alone."""

import re

import pytest

from orchestratord.policy import ToolPlan
from orchestratord.policy.tools import ToolDeniedError, redaction, rules


def denied(url: str, plan: ToolPlan, method: str = "GET") -> str | None:
    try:
        rules.check_destination(rules.destination(url), method, plan)
    except ToolDeniedError as error:
        return error.rule
    return None


PLAN = ToolPlan(
    allow_domains=("api.example.com", "*.wiki.org", "local:8080", "127.0.0.1:9000", "[::1]:9000", "*.0.0.1"),
    deny_domains=("secret.wiki.org", "*.admin.wiki.org"),
)


@pytest.mark.requirement("OC-POLICY-4030")
@pytest.mark.requirement("ORCH-3101")
@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://api.example.com/x?y=1", None),
        ("http://API.example.com./", None),
        ("https://api.example.com:443/", None),
        ("https://api.example.com:8443/", "allow_domains"),
        ("http://api.example.com:443/", "allow_domains"),
        ("https://example.com/", "allow_domains"),
        ("https://evil-api.example.com/", "allow_domains"),
        ("https://api.example.com.evil.net/", "allow_domains"),
        ("https://de.wiki.org/", None),
        ("https://a.b.wiki.org/", None),
        ("https://wiki.org/", "allow_domains"),
        ("https://xwiki.org/", "allow_domains"),
        ("https://secret.wiki.org/", "deny_domains"),
        ("https://secret.wiki.org:8443/", "deny_domains"),
        ("https://a.admin.wiki.org/", "deny_domains"),
        ("http://local:8080/", None),
        ("http://local/", "allow_domains"),
        ("http://127.0.0.1:9000/", None),
        ("http://127.0.0.1/", "allow_domains"),
        ("http://10.0.0.1/", "allow_domains"),
        ("http://[::1]:9000/", None),
        ("http://bücher.wiki.org/", None),
        ("ftp://api.example.com/", "url"),
        ("file:///etc/passwd", "url"),
        ("//api.example.com/", "url"),
        ("https://user:pw@api.example.com/", "url"),
        ("https://api.example.com\\@evil.net/", "url"),
        ("https://api.example.com/ x", "url"),
        ("https://api.example.com/\r\nHost: evil", "url"),
        ("https://api.example.com:99999/", "url"),
        ("https://" + "a" * 70 + ".wiki.org/", "url"),
        ("https://", "url"),
        ("", "url"),
    ],
)
def test_destinations(url: str, rule: str | None) -> None:
    assert denied(url, PLAN) == rule


@pytest.mark.requirement("OC-POLICY-4030")
def test_nothing_is_allowed_by_default() -> None:
    assert denied("https://example.com/", ToolPlan()) == "allow_domains"


def test_other_methods_are_denied() -> None:
    assert denied("https://api.example.com/", PLAN, "CONNECT") == "method"


@pytest.mark.requirement("OC-POLICY-4030")
@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("application/json; charset=utf-8", None),
        ("Text/HTML", None),
        ("text/csv", "deny_types"),
        ("application/jsonp", "allow_types"),
        ("image/png", "allow_types"),
        (None, "allow_types"),
        ("nonsense", "allow_types"),
        ("text/plain/more", "allow_types"),
    ],
)
def test_types(header: str | None, rule: str | None) -> None:
    plan = ToolPlan(allow_types=("application/json", "text/*"), deny_types=("text/csv",))
    found = None
    try:
        rules.check_type(rules.essence(header), plan)
    except ToolDeniedError as error:
        found = error.rule
    assert found == rule


@pytest.mark.requirement("OC-POLICY-4031")
def test_what_matches_is_taken_out() -> None:
    patterns = (re.compile("sk-[a-z]+"), re.compile(r"\d{4}"))
    assert redaction.by_patterns("sk-ab 1234 sk-", patterns) == ("[redacted] [redacted] sk-", 2)
    # The longest first, so that no part of it is left.
    assert redaction.by_names("secret and secretary", ["secret", "secretary"]) == (
        "[redacted] and [redacted]",
        2,
    )
