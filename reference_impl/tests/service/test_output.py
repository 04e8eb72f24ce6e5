"""What of a worker's output is shown, heeded and kept: never too much, and nothing of its clients'."""

import pytest

from orchestratord.core.pools.redaction import KEPT_MS, MOST_CHARACTERS, Redaction
from orchestratord.service.output import SHOWN_CHARACTERS, WorkerOutput

PROMPT = "my name is Ada Lovelace, and I live in London"


class Hall:
    """An output at a time that a test sets, and what came of it."""

    def __init__(self, *secrets: str) -> None:
        self.now_ms = 0.0
        self.redaction = Redaction(secrets)
        self.shown: list[tuple[str, int, int]] = []
        self.heeded: list[str] = []
        self.output = WorkerOutput(self.redaction, lambda: self.now_ms, self._show, self.heeded.append)

    def _show(self, line: str, left_out: int, withheld: int) -> None:
        self.shown.append((line, left_out, withheld))


def test_lines_are_shown_and_heeded() -> None:
    hall = Hall()
    hall.output.hear("loading", False)
    assert (hall.shown, hall.heeded) == ([("loading", 0, 0)], ["loading"])


@pytest.mark.requirement("OC-CTRL-2041")
def test_what_clients_sent_is_withheld_and_counted() -> None:
    hall = Hall("hf_secret")
    hall.redaction.give(1, [PROMPT], 0)
    for line in (f"prompt: {PROMPT!r}", "token hf_secret", "done"):
        hall.output.hear(line, False)
    assert hall.shown == [("done", 0, 2)]
    assert hall.output.last_lines == ("done",)
    hall.output.hear(PROMPT, False)
    assert hall.output.withheld == 1


def test_the_rest_of_a_line_is_withheld_with_its_beginning() -> None:
    hall = Hall()
    hall.redaction.give(1, [PROMPT], 0)
    hall.output.hear(f"prompt: {PROMPT}", False)
    hall.output.hear("on.", True)
    hall.output.hear("served", False)
    assert hall.shown == [("served", 0, 2)]


def test_words_of_a_client_are_no_reason_why_a_worker_ended() -> None:
    hall = Hall()
    hall.output.hear("CUDA error: an illegal memory access", False)
    hall.redaction.give(1, ["Explain: CUDA error: out of memory"], 0)
    hall.output.hear("asked: Explain: CUDA error: out of memory", False)
    assert hall.output.last_lines == ("CUDA error: an illegal memory access",)
    hall.redaction.over(1, 0)
    hall.now_ms = KEPT_MS
    assert len(hall.output.last_lines) == 1


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.parametrize(
    "asked",
    ["What does this mean: CUDA error: out of memory", "x" * (MOST_CHARACTERS + 1)],
    ids=["about it", "too much"],
)
def test_an_engines_own_words_are_kept_whatever_clients_have_said(asked: str) -> None:
    hall = Hall()
    hall.redaction.give(1, [asked], 0)
    for line in ("CUDA error: out of memory", f"asked: {asked}", "CUDA error: out of memory"):
        hall.output.hear(line, False)
    hall.output.hear("CUDA error: out of memory", True)  # the rest of a line that was withheld
    assert hall.output.last_lines == ("CUDA error: out of memory",) * 2
    assert hall.shown == []


def test_a_flood_that_nobody_looks_through_is_not_kept_either() -> None:
    hall = Hall()
    hall.redaction.give(1, [PROMPT], 0)
    for _ in range(6_000):
        hall.output.hear("a line", False)
    hall.output.hear(PROMPT, False)
    assert set(hall.output.last_lines) == {"a line"}


def test_a_flood_is_thinned_and_counted() -> None:
    hall = Hall()
    for number in range(20_000):
        hall.output.hear(f"line {number}", False)
    assert len(hall.shown) == 200
    assert len(hall.heeded) == 5_000
    assert hall.output.left_out == 19_800
    assert hall.output.last_lines[-1] == "line 19999"
    hall.now_ms = 1_000
    hall.output.hear("after", False)
    assert hall.shown[-1] == ("after", 19_800, 0)
    assert hall.output.left_out == 0


def test_a_long_line_is_shown_in_part() -> None:
    hall = Hall()
    hall.output.hear("x" * 8_192, False)
    assert len(hall.shown[0][0]) == SHOWN_CHARACTERS
