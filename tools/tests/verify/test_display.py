import io
from typing import Any

from orchqueue.verify.display import CLEAR, Display

PLAN = {"what": "plan", "scenarios": 2, "seed": 7, "profiles": ["core"]}


def done(status: str, name: str = "a full queue") -> dict[str, Any]:
    return {
        "what": "scenario",
        "status": status,
        "seconds": 0.5,
        "place": "features/a.feature:3",
        "name": name,
    }


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_each_scenario_is_a_line() -> None:
    stream = io.StringIO()
    display = Display(stream)
    for data in (PLAN, done("pass"), done("fail"), {"what": "something new"}):
        display.take(data)
    display.finish()
    assert stream.getvalue().split("\n") == [
        "2 scenarios, seed 7, claimed profiles: core",
        "pass            0.50 s  features/a.feature:3  a full queue",
        "fail            0.50 s  features/a.feature:3  a full queue",
        "",
    ]


def test_on_a_terminal_one_line_changes_and_only_failures_stay() -> None:
    stream = Terminal()
    display = Display(stream)
    for data in (PLAN, done("pass"), done("fail")):
        display.take(data)
    display.finish()
    shown = stream.getvalue()
    assert shown.endswith(f"{CLEAR}2/2, 1 not passed  a full queue{CLEAR}")
    assert [line for line in shown.split("\n") if "features/a.feature:3" in line] == [
        f"{CLEAR}1/2  a full queue{CLEAR}fail            0.50 s  features/a.feature:3  a full queue"
    ]


def test_names_do_not_steer_the_terminal() -> None:
    stream = io.StringIO()
    Display(stream).take(done("fail", "red \x1b[31m"))
    assert "\x1b" not in stream.getvalue()
