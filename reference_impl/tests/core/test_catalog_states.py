"""The states of models, and policies that may only be made stricter."""

from itertools import product

import pytest

from orchestratord.core.catalog.models import ModelTrust, TrustPolicy
from orchestratord.core.catalog.registries import within
from orchestratord.core.catalog.states import TRANSITIONS, ModelState, check_transition
from orchestratord.core.errors import OrchestratorError


@pytest.mark.requirement("OC-CAT-4210")
@pytest.mark.parametrize(("now", "wanted"), list(product(ModelState, ModelState)))
def test_what_the_table_does_not_have_is_refused(now: ModelState, wanted: ModelState) -> None:
    if (now, wanted) in TRANSITIONS or now is wanted is ModelState.CANARY:
        check_transition("m", now, wanted)
        return
    with pytest.raises(OrchestratorError) as refused:
        check_transition("m", now, wanted)
    assert refused.value.code == "ILLEGAL_TRANSITION"
    for then in [after for before, after in TRANSITIONS if before is now]:
        assert then in refused.value.message


POLICY = TrustPolicy("permissive", ("https://models.example/good",), False, False, ("a", "b"))


def test_a_model_that_asks_for_nothing_has_the_policy_of_the_configuration() -> None:
    assert POLICY.tightened(ModelTrust()) == POLICY


def test_a_model_can_make_its_policy_stricter() -> None:
    wish = ModelTrust("strict", ("https://models.example/good/of/mine",), True, True, ("b", "c"))
    wanted = TrustPolicy("strict", ("https://models.example/good/of/mine",), True, True, ("b",))
    assert POLICY.tightened(wish) == wanted


def test_a_model_cannot_make_its_policy_milder() -> None:
    strict = TrustPolicy("strict", ("https://models.example/good",), True, True, ("a",))
    wish = ModelTrust(
        "permissive", ("https://models.example/", "https://bad.example"), False, False, ("a", "b")
    )
    assert strict.tightened(wish) == TrustPolicy("strict", (), True, True, ("a",))


@pytest.mark.parametrize(
    ("url", "registry", "holds"),
    [
        ("https://models.example/a/b", "https://models.example/a", True),
        ("https://models.example/a/b", "https://models.example/a/", True),
        ("https://models.example:443/a", "https://Models.Example/", True),
        ("file:///srv/models/a", "file:///srv/models", True),
        ("https://models.example/ab", "https://models.example/a", False),
        ("http://models.example/a/b", "https://models.example/a", False),
        ("https://models.example:444/a", "https://models.example/a", False),
        ("https://models.example.evil/a", "https://models.example/", False),
        ("https://models.example/a/../secret", "https://models.example/a", False),
        ("https://models.example/a/%2e%2e/secret", "https://models.example/a", False),
        ("file:///srv/models/%2E%2E/%2E%2E/etc/shadow", "file:///srv/models", False),
        ("file:///srv/models/a%2f..%2fb", "file:///srv/models", False),
        ("https://models.example:port/a", "https://models.example/", False),
    ],
)
def test_a_registry_holds_what_lies_below_it(url: str, registry: str, holds: bool) -> None:
    assert within(url, [registry]) is holds
