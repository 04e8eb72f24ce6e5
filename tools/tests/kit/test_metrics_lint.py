"""The metrics contract against scrapes that break it, one rule at a time."""

from dataclasses import dataclass, field

import pytest

from orchqueue.kit import Contract, counters_fell, lint, parse_exposition


@dataclass
class Row:
    type: str
    labels: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    profile: str = "core"
    requirements: tuple[str, ...] = ("OC-X-1",)
    minimum: float | None = None
    maximum: float | None = None
    exclusive: str | None = None


@dataclass
class Label:
    budget: int
    values: tuple[str, ...] = ()


CONTRACT = Contract(
    series={
        "tasks_total": Row("counter", ("pool", "priority"), {"priority": ("interactive", "batch")}),
        "depth": Row("gauge", ("engine",)),
        "wait": Row("histogram", ("pool",)),
        "sessions": Row("gauge", profile="sessions"),
    },
    labels={"pool": Label(2), "engine": Label(4, ("llamacpp", "vllm"))},
    buckets_ms=(1, 2.5),
    outside_budget=("none", "other"),
)

GOOD = """\
# HELP tasks_total Tasks.
# TYPE tasks_total counter
tasks_total{pool="a",priority="batch"} 3
tasks_total{pool="none",priority="other"} 3
# HELP depth Depth.
# TYPE depth gauge
depth{engine="llamacpp"} 2
# HELP wait Wait.
# TYPE wait histogram
wait_bucket{le="1.0",pool="a"} 1
wait_bucket{le="2.5",pool="a"} 1
wait_bucket{le="+Inf",pool="a"} 2
wait_sum{pool="a"} 9
wait_count{pool="a"} 2
"""


def findings(text: str, profiles: tuple[str, ...] = ("core",)) -> list[str]:
    return [str(finding) for finding in lint(parse_exposition(text), CONTRACT, profiles)]


def test_a_good_scrape_has_no_finding() -> None:
    assert findings(GOOD) == []
    announced = "".join(line + "\n" for line in GOOD.splitlines() if line.startswith("#"))
    assert findings(announced) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "# HELP depth Depth.\n",
            "",
            ["depth: expected HELP before the first sample, got no HELP (OC-METRICS-7105)"],
        ),
        (
            "# HELP depth Depth.\n",
            "# HELP depth\n",
            ["depth: expected a help text, got an empty one (OC-METRICS-7105)"],
        ),
        (
            '# TYPE depth gauge\ndepth{engine="llamacpp"} 2\n',
            'depth{engine="llamacpp"} 2\n# TYPE depth gauge\n',
            [
                "depth: expected TYPE before the first sample, "
                "got TYPE on line 7, a sample on line 6 (OC-METRICS-7105)"
            ],
        ),
        (
            '# HELP depth Depth.\n# TYPE depth gauge\ndepth{engine="llamacpp"} 2\n',
            "",
            ["depth: expected the family, a gauge, got nothing (OC-X-1, OC-METRICS-7105)"],
        ),
        ("depth gauge", "depth counter", ["depth: expected the type gauge, got counter (OC-X-1)"]),
        (
            "# HELP depth",
            "# HELP extra x\n# TYPE extra gauge\nextra 1\n# HELP depth",
            ["extra: expected no family beside the contract's, got this family (OC-METRICS-7101)"],
        ),
        (
            "# HELP depth",
            "# HELP sessions x\n# TYPE sessions gauge\nsessions 1\n# HELP depth",
            [
                "sessions: expected absence, since the profile sessions is not claimed, "
                "got this family (OC-X-1)"
            ],
        ),
        (
            'depth{engine="llamacpp"}',
            'depth{engine="vllm",more="x"}',
            ['depth{engine="vllm",more="x"}: expected exactly the labels engine, got engine, more (OC-X-1)'],
        ),
        (
            'depth{engine="llamacpp"}',
            "depth",
            ["depth: expected exactly the labels engine, got none (OC-X-1)"],
        ),
        (
            'engine="llamacpp"',
            'engine="gpt"',
            ['depth{engine="gpt"}: expected engine one of llamacpp, vllm, got gpt (OC-X-1)'],
        ),
        (
            'pool="a",priority="batch"',
            'pool="",priority="batch"',
            [
                'tasks_total{pool="",priority="batch"}: expected a value of pool, '
                "`none` where it is not known, "
                "got an empty one (OC-X-1)"
            ],
        ),
        (
            'priority="batch"} 3',
            'priority="batch"} -1',
            ['tasks_total{pool="a",priority="batch"}: expected a number from 0 up, got -1 (OC-X-1)'],
        ),
        (
            'priority="batch"} 3',
            'priority="batch"} NaN',
            ['tasks_total{pool="a",priority="batch"}: expected a number from 0 up, got nan (OC-X-1)'],
        ),
        ('"llamacpp"} 2', '"llamacpp"} -2', []),
        (
            '"llamacpp"} 2',
            '"llamacpp"} NaN',
            ['depth{engine="llamacpp"}: expected a number, got nan (OC-X-1)'],
        ),
        (
            'tasks_total{pool="none"',
            'tasks_total{pool="b",priority="batch"} 1\n'
            'tasks_total{pool="c",priority="batch"} 1\ntasks_total{pool="none"',
            ["tasks_total: expected at most 2 values of pool, got 3 (OC-METRICS-7102)"],
        ),
        (
            'depth{engine="llamacpp"} 2\n',
            'depth{engine="llamacpp"} 2\ndepth{engine="llamacpp"} 2\n',
            [
                'depth{engine="llamacpp"}: expected each series once, '
                "got it on lines 7 and 8 (OC-METRICS-7104)"
            ],
        ),
        (
            "wait_sum",
            'depth{engine="vllm"} 1\nwait_sum',
            [
                "depth: expected all lines of a family together, "
                "got another family before line 13 (OC-METRICS-7104)",
                "wait: expected all lines of a family together, "
                "got another family before line 14 (OC-METRICS-7104)",
            ],
        ),
        (
            'le="2.5"',
            'le="3"',
            ['wait{pool="a"}: expected the buckets 1 2.5 +Inf, got 1 3 +Inf (OC-METRICS-7104)'],
        ),
        (
            'wait_bucket{le="2.5",pool="a"} 1\n',
            'wait_bucket{le="2.5",pool="a"} 0\n',
            ['wait{pool="a"}: expected cumulative buckets, got 1 at le=1.0, then 0 (OC-METRICS-7104)'],
        ),
        (
            'wait_bucket{le="+Inf",pool="a"} 2\n',
            "",
            ['wait{pool="a"}: expected the buckets 1 2.5 +Inf, got 1 2.5 (OC-METRICS-7104)'],
        ),
        (
            'wait_count{pool="a"} 2',
            'wait_count{pool="a"} 3',
            ['wait{pool="a"}: expected the bucket +Inf equal to _count, got 2 and 3 (OC-METRICS-7104)'],
        ),
        ('wait_sum{pool="a"} 9\n', "", ['wait{pool="a"}: expected one _sum, got 0 (OC-METRICS-7104)']),
        (
            'wait_sum{pool="a"} 9\n',
            'wait_sum{pool="a"} 9\nwait_created{pool="a"} 9\n',
            [
                'wait_created{pool="a"}: expected samples named wait_bucket, wait_count, wait_sum, '
                "got wait_created (OC-X-1)"
            ],
        ),
    ],
)
def test_each_rule(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert findings(GOOD.replace(old, new)) == expected


def test_histograms_whose_type_comes_late_are_still_recognised() -> None:
    late = GOOD.replace("# TYPE wait histogram\n", "") + "# TYPE wait histogram\n"
    assert [line.split(" (")[1] for line in findings(late)] == ["OC-METRICS-7105)", "OC-METRICS-7104)"]


def test_claimed_profiles_are_required() -> None:
    assert findings(GOOD, ("core", "sessions")) == [
        "sessions: expected the family, a gauge, got nothing (OC-X-1, OC-METRICS-7105)"
    ]


def test_the_same_contract_holds_openmetrics() -> None:
    text = (
        GOOD.replace("# HELP tasks_total", "# HELP tasks").replace("# TYPE tasks_total", "# TYPE tasks")
        + "# EOF\n"
    )
    scrape = parse_exposition(text, "application/openmetrics-text; version=1.0.0")
    assert lint(scrape, CONTRACT, ("core",)) == []


def test_counters_that_fall() -> None:
    before = parse_exposition(GOOD)
    lower = GOOD.replace('priority="batch"} 3', 'priority="batch"} 2').replace(
        'wait_count{pool="a"} 2', 'wait_count{pool="a"} 1'
    )
    gone = GOOD.replace('tasks_total{pool="a",priority="batch"} 3\n', "").replace(
        '"llamacpp"} 2', '"llamacpp"} 1'
    )
    assert counters_fell(before, before) == []
    assert [finding.got for finding in counters_fell(before, parse_exposition(lower))] == ["2", "1"]
    assert [finding.got for finding in counters_fell(before, parse_exposition(gone))] == ["nothing"]


GAUGES = Contract(
    series={
        "ready": Row("gauge", ("pool",), minimum=0, maximum=1),
        "depth": Row("gauge", ("pool",), minimum=0),
        "state": Row("gauge", ("model", "state"), minimum=1, maximum=1, exclusive="state"),
    },
    labels={"pool": Label(2), "model": Label(2), "state": Label(5)},
    buckets_ms=(1, 2.5),
    outside_budget=("none", "other"),
)
READ = """\
# HELP ready Ready.
# TYPE ready gauge
ready{pool="a"} 1
# HELP depth Depth.
# TYPE depth gauge
depth{pool="a"} 7
# HELP state State.
# TYPE state gauge
state{model="m",state="Active"} 1
state{model="n",state="Retired"} 1
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('ready{pool="a"} 1', 'ready{pool="a"} 0', []),
        (
            'ready{pool="a"} 1',
            'ready{pool="a"} 2',
            ['ready{pool="a"}: expected a number from 0 to 1, got 2 (OC-X-1)'],
        ),
        (
            'depth{pool="a"} 7',
            'depth{pool="a"} -1',
            ['depth{pool="a"}: expected a number from 0 up, got -1 (OC-X-1)'],
        ),
        (
            'state="Active"} 1',
            'state="Active"} 0',
            ['state{model="m",state="Active"}: expected a number from 1 to 1, got 0 (OC-X-1)'],
        ),
        (
            'state{model="n"',
            'state{model="m"',
            ['state{model="m"}: expected one state at a time, got Active, Retired (OC-X-1)'],
        ),
    ],
)
def test_values_of_gauges(old: str, new: str, expected: list[str]) -> None:
    assert old in READ
    found = lint(parse_exposition(READ.replace(old, new)), GAUGES, ("core",))
    assert [str(finding) for finding in found] == expected


def test_a_unit_that_the_name_does_not_tell_is_found() -> None:
    text = READ.replace("# TYPE depth gauge\n", "# TYPE depth gauge\n# UNIT depth tasks\n") + "# EOF\n"
    scrape = parse_exposition(text, "application/openmetrics-text")
    assert [finding.got for finding in lint(scrape, GAUGES, ("core",))] == ["tasks"]
