"""The words of the features about engines all mean something."""

import re

import pytest

from orchqueue.kit import EngineScript
from orchqueue_bdd import behaviours
from orchqueue_bdd.suite import Suite

SAID = re.compile(
    r'an engine "[^"]+" that (?:always|once|[0-9]+ times) (?P<plain>.+)'
    r'|an engine "[^"]+" that says the tokens "[^"]+" and (?P<spoken>.+)'
    r"|secrets in .+ says when it (?P<secret>.+)"
)


def test_every_behaviour_of_the_features_is_known_and_every_known_one_is_used() -> None:
    lines = [step.name for case in Suite().cases() for step in case.scenario.all_steps]
    said = {match[match.lastgroup or ""] for line in lines if (match := SAID.fullmatch(line))}
    assert said == set(behaviours.BEHAVIOURS)


def test_unknown_words_are_a_fault_of_the_scenario() -> None:
    with pytest.raises(AssertionError, match="no engine behaves like this: sings"):
        behaviours.script("sings")


def test_a_behaviour_can_be_told_what_to_say() -> None:
    script = behaviours.script("writes its stream byte by byte", tokens=("a", "b"))
    assert script == EngineScript(write_size=1, tokens=("a", "b"))


def test_tokens_may_be_bytes() -> None:
    assert behaviours.pieces("a|0xe4bd| b") == ("a", b"\xe4\xbd", " b")
