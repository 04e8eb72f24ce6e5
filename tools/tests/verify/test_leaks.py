"""Secrets are found wherever they show, and nothing else is taken for one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import leaks
from orchqueue.verify.evidence import ExchangeRecord, Outcome, ScrapeRecord
from orchqueue.verify.leaks import planted

MARK = planted()
WORD = "a word of the operator's own"
Make = Callable[..., ExchangeRecord]


def found(
    out: Path, exchange: ExchangeRecord, *, scrape: str = "", log: str = "", stderr: str = ""
) -> list[str]:
    """The messages of what is found in a run; all is laid to one requirement, and told with evidence."""
    (out / "share-0" / "logs").mkdir(parents=True)
    (out / "share-0" / "logs" / "standard.jsonl").write_text(log)
    (out / "share-0" / "standard.stderr.txt").write_text(stderr)
    (out / "share-0" / "standard.config.json").write_text("{}")
    (out / "features.stderr.txt").write_text(f"of the features themselves: {MARK}")
    scrapes = [ScrapeRecord("standard", "features/a.feature:3", scrape, "text/plain")]
    look = leaks.look([exchange], scrapes, out, [WORD])
    (check,) = look.checks("provider", "texts")
    assert check.id == "OC-CTRL-2041"
    assert check.outcome is (Outcome.FAIL if look.findings else Outcome.PASS)
    assert bool(check.evidence) is bool(look.findings)
    assert not leaks._PLANTED.search(check.detail)
    return [finding.message for finding in look.findings]


@pytest.fixture
def asked(make_exchange: Make) -> Make:
    """A task whose prompt is secret, and what it was answered."""

    def make(body: str = "{}", **changes: Any) -> ExchangeRecord:
        secret = {"request_body": json.dumps({"prompt": f"{MARK} Tell"})}
        return make_exchange("POST", "/v1/tasks", 202, body, **{**secret, **changes})

    return make


def test_what_is_asked_is_not_what_is_answered(asked: Make, tmp_path: Path) -> None:
    assert found(tmp_path, asked(), log='{"event":"task.admitted"}\n', scrape="planted_total 1\n") == []


@pytest.mark.parametrize(
    "secret", [MARK, MARK[:16], WORD], ids=["what was planted", "its beginning", "another word"]
)
def test_a_secret_is_found_wherever_it_shows(asked: Make, tmp_path: Path, secret: str) -> None:
    places: list[tuple[str, ExchangeRecord, dict[str, str]]] = [
        ("the answer 202 to POST /v1/tasks", asked(json.dumps({"a": f"x{secret}y"})), {}),
        ("the answer 202 to POST /v1/tasks", asked(headers={"X-Debug": secret}), {}),
        ("the metrics of standard", asked(), {"scrape": f'tasks_total{{model="{secret}"}} 1\n'}),
        ("the log of standard", asked(), {"log": f'{{"prompt":"{secret} and so on"}}\n'}),
        ("the standard error of standard", asked(), {"stderr": f"Traceback\nValueError: {secret}\n"}),
    ]
    for number, (where, exchange, more) in enumerate(places):
        (message,) = found(tmp_path / str(number), exchange, **more)
        assert message.startswith(where)


def test_where_nothing_was_planted_nothing_was_looked_at(make_exchange: Make, tmp_path: Path) -> None:
    assert not leaks.look([make_exchange(body=MARK)], [], tmp_path).exercised


def test_marks_are_all_different() -> None:
    assert len({planted() for _ in range(100)}) == 100
