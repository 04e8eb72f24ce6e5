"""Every interaction that a consumer has agreed on is played."""

import re
from importlib.resources import files

import pytest

from orchqueue.verify.pacts import interactions
from orchqueue_bdd.consumers import PACTS, STATES

FEATURE = (files("orchqueue_bdd") / "features" / "clients" / "pact.feature").read_text(encoding="utf-8")


@pytest.mark.parametrize("consumer", PACTS)
def test_every_interaction_is_played_from_a_state_that_is_known(consumer: str) -> None:
    agreed = interactions(PACTS[consumer])
    played = FEATURE.split("Scenario Outline:")[1 + list(PACTS).index(consumer)]
    rows = re.findall(r"^ +\| (.+?) +\|$", played, re.MULTILINE)
    assert sorted(name for name in rows if name != "interaction") == sorted(agreed)
    assert set(agreed.values()) <= set(STATES)
