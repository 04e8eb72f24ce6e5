"""The strict parser of both text formats, and the values of a scrape."""

import math

import pytest

from orchqueue.kit import ExpositionError, Scrape, parse_exposition

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"

TEXT = """\
# HELP tasks_total Tasks, all of \\n them.
# TYPE tasks_total counter
tasks_total{pool="a",priority="batch"} 3
tasks_total{pool="a",priority="interactive"} 4.0
tasks_total{pool="b",priority="batch"} 1e2 1700000000000
# a comment
# TYPE depth gauge

depth{name="a \\"quoted\\\\ \\n one",} -0.5
# HELP wait How long.
# TYPE wait histogram
wait_bucket{le="1.0"} 1
wait_bucket{le="+Inf"} 2
wait_sum 7.5
wait_count 2
bare +Inf
"""

OPEN_TEXT = """\
# HELP tasks Tasks.
# TYPE tasks counter
# UNIT tasks tasks
tasks_total{pool="a"} 3.0 1700000000.123
tasks_total{pool="b"} 4.0 # {trace_id="x"} 0.5 1700000000.0
tasks_created{pool="a"} 1700000000.0
# TYPE wait histogram
wait_bucket{le="+Inf"} 0
wait_count 0
wait_sum 0
# EOF
"""


def test_reads_the_text_format() -> None:
    scrape = parse_exposition(TEXT)
    assert list(scrape.families) == ["tasks_total", "depth", "wait", "bare"]
    family = scrape.families["tasks_total"]
    assert (family.type, family.help, family.help_line, family.first_line) == (
        "counter",
        "Tasks, all of \n them.",
        1,
        3,
    )
    (depth,) = scrape.samples("depth")
    assert depth.label("name") == 'a "quoted\\ \n one'
    assert [sample.name for sample in scrape.families["wait"].samples][-1] == "wait_count"
    assert scrape.value("bare") == math.inf


def test_values_are_sums_over_what_matches() -> None:
    scrape = parse_exposition(TEXT.encode())
    assert scrape.value("tasks_total") == 107.0
    assert scrape.value("tasks_total", pool="a") == 7.0
    assert scrape.value("tasks_total", pool="a", priority="batch") == 3.0
    assert scrape.value("tasks_total", pool="c") == scrape.value("nothing") == 0.0
    assert scrape.value("wait_bucket", le="1.0") == 1.0
    assert (scrape.has("tasks_total", pool="b"), scrape.has("tasks_total", pool="c")) == (True, False)


def test_reads_openmetrics_under_the_contracts_names() -> None:
    scrape = parse_exposition(OPEN_TEXT, OPEN)
    assert list(scrape.families) == ["tasks_total", "wait"]
    assert scrape.value("tasks_total") == 7.0
    assert scrape.families["tasks_total"].unit == "tasks"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a 1", 1, "no line feed"),
        ("a 1\r\n", 1, "carriage return"),
        ("a\n", 1, "blank is due"),
        ("a 1\n{} 1\n", 2, "no metric name"),
        ("1a 1\n", 1, "no metric name"),
        ("a-b 1\n", 1, "blank is due"),
        ("a{b=1} 1\n", 1, "no label"),
        ('a{b="1} 1\n', 1, "no label"),
        ('a{b="\\t"} 1\n', 1, "no label"),
        ('a{1b="1"} 1\n', 1, "no label"),
        ('a{b="1" c="2"} 1\n', 1, "neither a comma"),
        ('a{,b="1"} 1\n', 1, "no label"),
        ('a{b="1",b="2"} 1\n', 1, "twice"),
        ('a{b="1"}1\n', 1, "blank is due"),
        ("a one\n", 1, "no number"),
        ("a 1_000\n", 1, "no number"),
        ("a nan\n", 1, "no number"),
        ("a infinity\n", 1, "no number"),
        ("a 0x10\n", 1, "no number"),
        ("a 1 2 3\n", 1, "timestamp are due"),
        ("a 1 2.5\n", 1, "whole number"),
        ("# TYPE a counter\n# TYPE a counter\n", 2, "second TYPE"),
        ("# HELP a x\n# HELP a y\n", 2, "second HELP"),
        ("# TYPE a speed\n", 1, "no type"),
        ("# TYPE a unknown\n", 1, "no type"),
        ("# TYPE a\n", 1, "no type"),
        ("# TYPE\n", 1, "no metric name"),
        ("# HELP 1a x\n", 1, "no metric name"),
        ("a 1\n  \n", 2, "blanks alone"),
    ],
)
def test_refuses_what_is_no_text_format(text: str, line: int, reason: str) -> None:
    with pytest.raises(ExpositionError, match=reason) as error:
        parse_exposition(text)
    assert error.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a 1\n", 1, "# EOF"),
        ("", 1, "# EOF"),
        ("# EOF\na 1\n", 2, "# EOF"),
        ("a 1\n\n# EOF\n", 2, "empty line"),
        ("# a comment\n# EOF\n", 1, "none of HELP"),
        ('a{b="1",} 1\n# EOF\n', 1, "comma after"),
        ("a  1\n# EOF\n", 1, "one blank"),
        ("# TYPE a untyped\n# EOF\n", 1, "no type"),
    ],
)
def test_refuses_what_is_no_openmetrics(text: str, line: int, reason: str) -> None:
    with pytest.raises(ExpositionError, match=reason) as error:
        parse_exposition(text, OPEN)
    assert error.value.line == line


def test_refuses_what_is_no_text() -> None:
    with pytest.raises(ExpositionError, match="line 2: byte 0xff") as error:
        parse_exposition(b'a 1\nb{c="\xff"} 1\n')
    assert error.value.line == 2
    with pytest.raises(ExpositionError, match="application/json"):
        parse_exposition("{}", "application/json")


def test_an_empty_exposition_is_one() -> None:
    assert list(parse_exposition("")) == []


def test_a_delta_names_what_changed() -> None:
    before = parse_exposition("a 1\nb NaN\nc 5\nd 1\n")
    after = parse_exposition('a 3\nb NaN\nd 1\ne{x="1"} 2\ne{x="2"} 4\n')
    delta = after.delta(before)
    assert (delta.value("a"), delta.value("b"), delta.value("c"), delta.value("d")) == (2.0, 0.0, -5.0, 0.0)
    assert (delta.value("e"), delta.value("e", x="2")) == (6.0, 4.0)
    assert sorted(name for name, _ in delta.changed()) == ["a", "c", "e", "e"]
    assert delta.vanished == [("c", ())]
    assert [labels for _, labels in delta.appeared] == [(("x", "1"),), (("x", "2"),)]


def test_an_unchanged_scrape_has_no_delta() -> None:
    scrape: Scrape = parse_exposition(TEXT)
    assert scrape.delta(parse_exposition(TEXT)).changed() == {}
