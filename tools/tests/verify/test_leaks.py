"""Secrets are found wherever they show, and nothing else is taken for one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import leaks
from orchqueue.verify.evidence import ExchangeRecord, Outcome, ScrapeRecord
from orchqueue.verify.leaks import planted

KEY = "k" * 20
MARK = planted()
ASKED = {"X-API-Key": KEY}
Make = Callable[..., ExchangeRecord]


def found(
    out: Path,
    *exchanges: ExchangeRecord,
    scrape: str = "",
    log: str = "",
    stderr: str = "",
    keys: bool = True,
) -> list[str]:
    """The messages of what is found in a run, and that it is laid to OC-CTRL-2041 alone."""
    (out / "share-0" / "logs").mkdir(parents=True)
    (out / "share-0" / "logs" / "standard.jsonl").write_text(log)
    (out / "share-0" / "standard.stderr.txt").write_text(stderr)
    (out / "features.stderr.txt").write_text(f"{KEY} {MARK}")
    config = {"keys": [{"id": "a"}] if keys else []}
    (out / "share-0" / "standard.config.json").write_text(json.dumps(config))
    scrapes = [ScrapeRecord("standard", "features/a.feature:3", scrape, "text/plain")]
    look = leaks.look(exchanges, scrapes, out)
    (check,) = look.checks("provider", "texts")
    assert check.id == "OC-CTRL-2041"
    assert check.outcome is (Outcome.FAIL if look.findings else Outcome.PASS)
    if look.findings:
        assert check.evidence
        assert KEY not in check.detail
        assert MARK not in check.detail
    return [finding.message for finding in look.findings]


@pytest.fixture
def asked(make_exchange: Make) -> Make:
    """A task whose prompt and key are secret, and what it was answered."""

    def make(**changes: Any) -> ExchangeRecord:
        given = {"asked": ASKED, "request_body": json.dumps({"prompt": f"{MARK} Tell"}), **changes}
        return make_exchange("POST", "/v1/tasks", 202, given.pop("body", "{}"), **given)

    return make


def test_what_is_asked_is_not_what_is_answered(asked: Make, tmp_path: Path) -> None:
    assert found(tmp_path, asked(), log='{"event":"task.admitted"}\n', scrape="a 1\n") == []


@pytest.mark.parametrize("secret", [KEY, MARK, MARK[:16]], ids=["key", "mark", "its beginning"])
def test_a_secret_is_found_wherever_it_shows(asked: Make, tmp_path: Path, secret: str) -> None:
    for number, (where, place) in enumerate(
        {
            "the answer 202 to POST /v1/tasks": {"answer": asked(body=json.dumps({"a": f"x{secret}y"}))},
            "the answer 202 to POST": {"answer": asked(headers={"X-Debug": secret})},
            "the metrics of standard": {"scrape": f'tasks_total{{model="{secret}"}} 1\n'},
            "the log of standard": {"log": f'{{"prompt":"{secret} and so on"}}\n'},
            "the standard error of standard": {"stderr": f"Traceback\nValueError: {secret}\n"},
        }.items()
    ):
        answer = place.pop("answer", asked())
        (message,) = found(tmp_path / str(number), answer, **place)
        assert message.startswith(where)
        assert ("an API key" if secret == KEY else "a prompt, or a secret") in message


def test_a_key_that_was_made_up_may_stand_in_the_standard_error(asked: Make, tmp_path: Path) -> None:
    assert found(tmp_path / "a", asked(), stderr=f"API key for this run: {KEY}\n", keys=False) == []
    assert found(tmp_path / "b", asked(), stderr=f"planted: {MARK}\n", keys=False)
    assert found(tmp_path / "c", asked(), log=f'"{KEY}"\n', keys=False)


def test_short_words_are_no_keys(asked: Make, tmp_path: Path) -> None:
    assert found(tmp_path, asked(asked={"X-API-Key": "key"}), log='{"a":"key"}\n') == []


def test_a_bearer_token_is_a_key(asked: Make, tmp_path: Path) -> None:
    assert found(tmp_path, asked(asked={"Authorization": f"Bearer {KEY}"}), log=f"{KEY}\n")


def test_where_nothing_was_planted_nothing_was_looked_at(make_exchange: Make, tmp_path: Path) -> None:
    assert not leaks.look([make_exchange(asked=ASKED)], [], tmp_path).exercised


def test_marks_are_all_different() -> None:
    assert len({planted() for _ in range(100)}) == 100
