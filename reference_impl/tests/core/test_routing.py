"""Names of models: which model a session gets, and who may have it."""

from dataclasses import replace

import pytest
from msgspec import structs

from orchestratord.core.catalog.models import Manifest, Model, Registration, Verification
from orchestratord.core.catalog.routing import Route, choose, route
from orchestratord.core.catalog.states import ModelState
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.sessions import SessionKey
from orchestratord.core.tasks import TaskSpec

TAG = "chat"
SPEC = TaskSpec("t", "s", "completion", TAG, "llamacpp", 0, "interactive", 60_000)
KEY = SessionKey("tenant", "s")


def model(name: str, state: ModelState, share: float | None = None, **more: object) -> Model:
    digest = f"sha256:{name}"
    registration = Registration(name, digest, "file:///m", (Manifest(digest, 1),), (TAG,))
    return Model(registration, state, share, **more)  # type: ignore[arg-type]


def routed(spec: TaskSpec, models: list[Model], used: tuple[str, ...] = (), now_ms: float = 0) -> Route:
    return route(spec, KEY, used, [one for one in models if spec.model_ref in one.names], now_ms)


def code(found: Route) -> str | None:
    return None if found.refusal is None else str(found.refusal.code)


ACTIVE, OLD = model("active", ModelState.ACTIVE), model("old", ModelState.DEPRECATED)
CANARY = model("canary", ModelState.CANARY, 0.3)


@pytest.mark.requirement("OC-CAT-4205")
@pytest.mark.parametrize("ref", [TAG, "active", "sha256:active"])
def test_id_digest_and_tag_mean_the_model(ref: str) -> None:
    found = routed(structs.replace(SPEC, model_ref=ref), [ACTIVE])
    assert (found.model, code(found)) == (ACTIVE, None)
    assert found.names == ("active", "sha256:active")


@pytest.mark.requirement("OC-CAT-4205")
def test_of_several_the_one_that_became_active_last() -> None:
    newer = model("newer", ModelState.ACTIVE)
    draft, retired = model("draft", ModelState.DRAFT), model("retired", ModelState.RETIRED)
    assert routed(SPEC, [OLD, ACTIVE, newer, draft, retired]).model == newer
    assert routed(SPEC, [newer, ACTIVE, OLD]).model == ACTIVE
    assert routed(SPEC, [draft, OLD, retired]).model == OLD


@pytest.mark.requirement("OC-CAT-4205")
def test_a_session_goes_on_with_what_it_has_had() -> None:
    certain = replace(CANARY, share=1.0)
    assert routed(SPEC, [ACTIVE, certain], ("active",)).model == ACTIVE
    assert routed(SPEC, [OLD, ACTIVE], ("old",)).model == OLD
    retired = replace(OLD, state=ModelState.RETIRED)
    assert routed(SPEC, [retired, ACTIVE], ("old",)).model == ACTIVE


def sessions(canary: Model, count: int = 2_000) -> set[str]:
    """Which of so many sessions the canary gets."""
    keys = [SessionKey("tenant", f"session {number}") for number in range(count)]
    return {key.session_id for key in keys if choose(key, (), [ACTIVE, canary]) == canary}


@pytest.mark.requirement("OC-CAT-4214")
def test_a_canary_gets_its_share_and_always_the_same_sessions() -> None:
    few, more = sessions(CANARY), sessions(replace(CANARY, share=0.6))
    assert 0.26 < len(few) / 2_000 < 0.34
    assert 0.56 < len(more) / 2_000 < 0.64
    assert few < more
    assert few == sessions(CANARY)
    assert len(sessions(replace(CANARY, share=1.0))) == 2_000


@pytest.mark.requirement("OC-CAT-4214")
def test_a_canary_that_is_rolled_back_gets_none() -> None:
    rolled_back = model("canary", ModelState.DRAFT)
    assert sessions(rolled_back) == set()
    assert routed(SPEC, [ACTIVE, rolled_back], ("canary",)).model == ACTIVE


@pytest.mark.requirement("OC-CAT-4214")
def test_a_canary_by_its_id_or_alone_serves_all() -> None:
    tiny = replace(CANARY, share=0.000_001)
    assert routed(structs.replace(SPEC, model_ref="canary"), [ACTIVE, tiny]).model == tiny
    assert routed(SPEC, [tiny]).model == tiny


@pytest.mark.requirement("OC-CAT-4212")
@pytest.mark.parametrize("state", [ModelState.DRAFT, ModelState.RETIRED])
def test_what_is_not_in_use_is_refused(state: ModelState) -> None:
    found = routed(SPEC, [model("m", state)], ("m",))
    assert code(found) == "INVALID_PARAMS"
    assert isinstance(found.refusal, OrchestratorError)
    assert [detail.pointer for detail in found.refusal.details] == ["/model_ref"]


@pytest.mark.requirement("OC-CAT-4211")
def test_a_deprecated_model_takes_no_new_sessions() -> None:
    assert code(routed(SPEC, [OLD])) == "MODEL_DEPRECATED"
    assert code(routed(SPEC, [OLD], ("other",))) == "MODEL_DEPRECATED"
    assert code(routed(SPEC, [OLD], ("old",))) is None


@pytest.mark.requirement("OC-CAT-4211")
def test_its_deadline_ends_its_sessions() -> None:
    dated = replace(OLD, deadline_ms=100.0)
    assert code(routed(SPEC, [dated], ("old",), 99.9)) is None
    assert code(routed(SPEC, [dated], ("old",), 100.0)) == "MODEL_DEPRECATED"


@pytest.mark.requirement("OC-CAT-4204")
def test_what_failed_its_check_is_not_served() -> None:
    failed = replace(ACTIVE, verification=Verification("fail", ("file",), 2))
    assert code(routed(SPEC, [failed], ("active",))) == "UNTRUSTED_ARTIFACT"
    warned = replace(ACTIVE, verification=Verification("warn", ("file",), 2))
    assert code(routed(SPEC, [warned])) is None
