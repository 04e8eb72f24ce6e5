"""The corpus stays as it is, the suite finds what is equal equal, and shows the first event that is not."""

import asyncio
import json
from hashlib import sha256

import pytest
from click.testing import CliRunner

from orchqueue.client import AsyncClient
from orchqueue.determinism import CORPUS, Case, Outcome, Served, Suite, differences
from orchqueue.determinism.commands import _show, determinism
from orchqueue.kit import EngineScript

CORPUS_DIGEST = "5c39cd8e0fa3f6bdff6d0489e97dd77c43d69e53a1beb1b9956b2d80d8a958a0"
KEY = "determinism-key"


def served(tokens, *, replica="a", version="b1", number=0):
    case = Case(number, "prompt", 7)
    return Served(case, "id", "pool", replica, "llamacpp", version, "v1", tuple(tokens), "length")


@pytest.mark.requirement("OC-TEST-7003")
def test_the_corpus_is_what_it_was():
    written = json.dumps([[case.number, case.prompt, case.seed] for case in CORPUS]).encode()
    assert len({case.seed for case in CORPUS}) >= 64
    assert all(0 <= case.seed < 2**32 - 1 for case in CORPUS)
    assert sha256(written).hexdigest() == CORPUS_DIGEST


def test_equal_answers_have_no_difference():
    assert list(differences([served("abc"), served("abc", replica="b")])) == []


@pytest.mark.parametrize(
    ("one", "other", "event"), [("abc", "abd", 2), ("abc", "ab", 2), ("", "a", 0), ("abc", "xbc", 0)]
)
def test_the_first_event_that_differs_is_named(one, other, event):
    (found,) = differences([served(one), served(other, replica="b")])
    assert found.event == event
    assert f"token event {event} is" in str(found)
    assert "b of pool pool (llamacpp b1)" in str(found)


def test_nothing_is_promised_across_versions_and_cases():
    assert list(differences([served("a"), served("b", version="b2"), served("c", number=1)])) == []


def test_a_server_that_runs_strict_tasks_alone_gives_equal_tokens_on_both_replicas(twins):
    async def run():
        async with AsyncClient(twins.url, KEY) as client:
            return await Suite(client, engine="llamacpp", model_ref="tiny", max_tokens=6).run(CORPUS[:8])

    outcome = asyncio.run(run())
    assert outcome.differences == ()
    assert outcome.replicas == [("twins", "a"), ("twins", "b")]
    assert all(len(one.tokens) == 6 for one in outcome.served)


def test_the_command_says_that_all_is_equal(twins):
    done = CliRunner().invoke(determinism, ["--url", twins.url, "--api-key", KEY, "--max-tokens", "3"])
    assert done.exit_code == 0, done.output
    assert "64 cases, 128 answers, 2 replicas: equal, byte by byte" in done.output


def test_one_replica_is_not_many(capsys):
    _show(Outcome((served("abc"),) * 2, ()))
    assert capsys.readouterr().out.splitlines()[-1] == "64 cases, 2 answers, 1 replica: equal, byte by byte"


def test_the_command_shows_the_first_event_that_differs(twins):
    twins.engines[1].script_default(EngineScript(tokens=["not", "what", "the", "other", "says"]))
    try:
        done = CliRunner().invoke(determinism, ["--url", twins.url, "--api-key", KEY, "--max-tokens", "3"])
    finally:
        twins.engines[1].script_default(EngineScript())
    assert done.exit_code == 1
    assert "token event 0 is" in done.output
    assert "'not' from b of pool twins" in done.output or "'not' from b" in done.output


def test_the_command_cannot_run_without_a_server():
    done = CliRunner().invoke(determinism, ["--url", "http://127.0.0.1:9"])
    assert done.exit_code != 0
    assert "127.0.0.1:9" in str(done.exception)
