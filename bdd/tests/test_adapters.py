"""The server on which adapters are looked at has pools for those that a server claims, and no others."""

import pytest

from orchqueue_bdd import adapters
from orchqueue_bdd.servers import SERVERS
from orchqueue_bdd.setups import SCOPES
from orchqueue_bdd.suite import Suite
from orchqueue_contract.requirement_ids import REQUIREMENTS
from orchqueue_contract.schemas import validator

SETUP = SERVERS["adapters"]
KEYS = dict.fromkeys(SCOPES, "k")


@pytest.mark.parametrize(
    ("claimed", "engines"),
    [
        ({"core"}, set()),
        ({"core", "adapter-tgi"}, {"tgi"}),
        ({"adapter-vllm", "adapter-openai"}, {"vllm"}),
        ({f"adapter-{name}" for name in adapters.ENGINES}, {"vllm", "tgi", "triton"}),
    ],
)
def test_pools_are_those_of_the_claimed_adapters(claimed: set[str], engines: set[str]) -> None:
    setup = SETUP.fitting(claimed)
    config = setup.config(dict.fromkeys(setup.engines, "http://127.0.0.1:1"), KEYS)
    assert {pool["engine"] for pool in config["pools"]} == engines
    assert {pool["id"] for pool in config["pools"]} == set(setup.pools) == set(setup.engines)
    assert all(adapters.CLAIMS[name] in claimed for name in setup.engines)


def test_the_configuration_is_one_of_the_contract() -> None:
    config = SETUP.config(dict.fromkeys(SETUP.engines, "http://127.0.0.1:1"), KEYS)
    assert not list(validator("config.schema").iter_errors(config))


def test_other_servers_stay_whole() -> None:
    assert SERVERS["engines"].fitting(()).pools == SERVERS["engines"].pools


def test_what_an_adapter_owes_is_asked_only_of_those_who_claim_it() -> None:
    asked = [case for case in Suite().cases() if case.server == "adapters"]
    others = {
        f"{case.place} {identifier}"
        for case in asked
        for identifier in case.ids
        if REQUIREMENTS[identifier].profile not in adapters.CLAIMS.values()
    }
    assert asked
    assert not others
