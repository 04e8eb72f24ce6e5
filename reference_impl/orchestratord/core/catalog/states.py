"""Where a model stands, as a table. The page in `docs` is drawn from it."""

from collections.abc import Mapping
from enum import StrEnum

from orchestratord.core.errors import OrchestratorError
from orchqueue_contract.errors import ErrorCode


class ModelState(StrEnum):
    """Where a model stands."""

    DRAFT = "Draft"
    ACTIVE = "Active"
    CANARY = "Canary"
    DEPRECATED = "Deprecated"
    RETIRED = "Retired"


_S = ModelState

# OC-CAT-4210
TRANSITIONS: Mapping[tuple[ModelState, ModelState], str] = {
    (_S.DRAFT, _S.ACTIVE): "it is taken into use",
    (_S.DRAFT, _S.CANARY): "a share of new sessions tries it",
    (_S.DRAFT, _S.RETIRED): "it is given up before it was used",
    (_S.CANARY, _S.ACTIVE): "it is promoted",
    (_S.CANARY, _S.DRAFT): "it is rolled back",
    (_S.ACTIVE, _S.DEPRECATED): "it takes no new sessions",
    (_S.DEPRECATED, _S.RETIRED): "it is unloaded",
}


def check_transition(model_id: str, now: ModelState, wanted: ModelState) -> None:
    """Raises ILLEGAL_TRANSITION unless the table allows it. A canary may be given another share."""
    if (now, wanted) in TRANSITIONS or now is wanted is _S.CANARY:
        return
    allowed = [then for state, then in TRANSITIONS if state is now]
    may = f"may become {' or '.join(allowed)}" if allowed else "changes no more"
    raise OrchestratorError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"The model {model_id} is {now} and cannot become {wanted}; it {may}.",
    )
