from html.parser import HTMLParser
from typing import Any

import pytest

from orchqueue.report.markup import Markup, prose, tag, text
from orchqueue.report.page import page

VOID = {"meta", "input", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements, whether they nest, and their text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for element, attributes in self.elements if element == name]


@pytest.fixture
def read(run: Any) -> Reader:
    reader = Reader()
    reader.feed(page(run.summary, run.info))
    reader.close()
    return reader


def test_every_element_is_closed_in_order(read: Reader) -> None:
    assert read.open == []


def test_nothing_that_a_server_answered_becomes_markup(run: Any, read: Reader) -> None:
    assert read.named("img") == []
    assert len(read.named("script")) == 1
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert "<img" not in page(run.summary, run.info)
    assert "<img src=x onerror=alert(1)>" in "".join(read.said)


def test_it_refers_to_nothing_outside(read: Reader) -> None:
    assert read.named("link") == []
    for _, attributes in read.elements:
        assert not {"src", "href", "action"} & set(attributes)


def test_only_its_own_script_and_style_may_run(run: Any, read: Reader) -> None:
    policy = next(each["content"] for each in read.named("meta") if each.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe-inline" not in policy
    assert not any("style" in attributes for _, attributes in read.elements)


def test_each_requirement_can_be_named_filtered_and_opened(read: Reader) -> None:
    entries = [each for each in read.named("details") if each.get("class") == "requirement"]
    assert [
        (each["id"], each["data-verdict"], each["data-profile"], each["data-level"]) for each in entries
    ] == [
        ("OC-CTRL-2011", "pass", "core", "MUST"),
        ("OC-CTRL-2012", "fail", "core", "MUST"),
        ("OC-CTRL-2013", "pass", "core", "MUST"),
        ("OC-CTRL-2014", "fail", "core", "SHOULD"),
        ("OC-POLICY-4001", "not-claimed", "policy", "MUST"),
    ]
    labels = read.named("label")
    assert len(labels) == len(read.named("select")) + len(read.named("input"))


def test_the_page_says_what_came_of_the_run(read: Reader) -> None:
    said = " ".join("".join(read.said).split())
    assert "Does not hold: 2 of 5 requirements against the target, and 1 problems of the run." in said
    assert "Under-claimed: sessions is served, but not claimed." in said
    assert "2 events in 12 ms" in said
    assert "3 events in the middle are left out." in said
    assert "servers wrong on purpose that the checks of 1 requirements catch" in said
    assert "Catches 2 wrong servers: header:Backpressure.Retry-After" in said
    assert ".specs/20.md#OC-CTRL-2012 · revision ab12 · checked by behave · refines ORCH-2007" in said


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (tag("p", "a < b & c"), "<p>a &lt; b &amp; c</p>"),
        (tag("p", tag("b", "x"), " y"), "<p><b>x</b> y</p>"),
        (tag("p", [None, 1, "a", [2.5]]), "<p>1a2.5</p>"),
        (tag("input", type="text", hidden=True, disabled=False, id=None), '<input type="text" hidden>'),
        (tag("p", class_='a"b', data_x="'"), '<p class="a&quot;b" data-x="&#x27;"></p>'),
        (text(prose("`a` < b")), "<code>a</code> &lt; b"),
        (text(prose("a ` b")), "a ` b"),
        (text(Markup("<i>")), "<i>"),
        (text("<i>"), "&lt;i&gt;"),
    ],
)
def test_markup(markup: Markup, expected: str) -> None:
    assert markup == expected
