"""Which model of the catalog a task's name for it means, and whether the task may use it.

Names are ids, digests and tags. A tag may be that of several models: of one in use, say, and of a canary.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from orchestratord.core.catalog.models import Model
from orchestratord.core.catalog.states import ModelState
from orchestratord.core.errors import OrchestratorError, invalid
from orchestratord.core.sessions import SessionKey
from orchestratord.core.tasks import TaskSpec
from orchqueue_contract.errors import ErrorCode

SERVING = (ModelState.ACTIVE, ModelState.CANARY, ModelState.DEPRECATED)
_PLACES = 2**64


@dataclass(frozen=True, slots=True)
class Route:
    """The model that a task gets, and the `refusal` of the task if it may not have it."""

    model: Model
    refusal: OrchestratorError | None

    @property
    def names(self) -> tuple[str, str]:
        """What a pool may call the model, the better name first."""
        return self.model.id, self.model.registration.digest


def route(
    spec: TaskSpec, key: SessionKey, used: Collection[str], named: Sequence[Model], now_ms: float
) -> Route:
    """Where a task goes whose session has used the models with these ids. `named` are the models that have
    the name, at least one, the one that was changed last at the end.
    """
    model = choose(key, used, named)
    return Route(model, _refusal(model, spec, model.id in used, now_ms))


def choose(key: SessionKey, used: Collection[str], named: Sequence[Model]) -> Model:
    """One of several models of one name: the one that the session has used, or a canary for its share of new
    sessions, or the one in use.
    """
    # OC-CAT-4205, ORCH-3033
    serving = [model for model in named if model.state in SERVING]
    for model in serving:
        if model.id in used:
            return model
    others = [model for model in serving if model.state is not ModelState.CANARY]
    for canary in (model for model in serving if model.state is ModelState.CANARY):
        if not others or _falls_to(canary, key):
            return canary
    active = [model for model in others if model.state is ModelState.ACTIVE]
    return [*named, *others, *active][-1]


def _falls_to(canary: Model, key: SessionKey) -> bool:
    """Whether a session is of a canary's share: always alike, and of a greater share if of a lesser one."""
    assert canary.share is not None
    digest = sha256("\n".join((key.tenant, key.session_id, canary.id)).encode()).digest()
    return int.from_bytes(digest[:8], "big") < canary.share * _PLACES


def _refusal(model: Model, spec: TaskSpec, goes_on: bool, now_ms: float) -> OrchestratorError | None:
    if model.state not in SERVING:
        # OC-CAT-4212
        return invalid("/model_ref", f"The model {model.id} is {model.state}.", engine=spec.engine)
    if model.verification is not None and model.verification.result == "fail":
        # OC-CAT-4204
        message = f"The model {model.id} failed its last check."
        return OrchestratorError(ErrorCode.UNTRUSTED_ARTIFACT, message, engine=spec.engine)
    if model.state is ModelState.DEPRECATED:
        # OC-CAT-4211
        over = model.deadline_ms is not None and now_ms >= model.deadline_ms
        if over or not goes_on:
            why = "its deadline has passed" if over else "it takes no new sessions"
            message = f"The model {model.id} is deprecated: {why}."
            return OrchestratorError(ErrorCode.MODEL_DEPRECATED, message, engine=spec.engine)
    return None


def unregistered(engine: str) -> OrchestratorError:
    """The refusal of a model that a strict catalog does not have."""
    # OC-CAT-4204
    return OrchestratorError(
        ErrorCode.UNTRUSTED_ARTIFACT, "The catalog has no model of this name.", engine=engine
    )
