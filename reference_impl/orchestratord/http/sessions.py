"""Sessions as clients are told of them: as a body, and what remains of their budgets as headers."""

from typing import TypedDict

from orchestratord.core.budgets import MILLION, decimal
from orchestratord.core.sessions import Session
from orchestratord.service.sessions import SessionState
from orchqueue_contract.structs import SessionInfo

UNLIMITED = "unlimited"


class BudgetHeaders(TypedDict):
    """The headers of a response that tells what remains."""

    x_budget_tokens_remaining: str
    x_budget_time_remaining_ms: str
    x_budget_cost_remaining: str


def budget_headers(session: Session) -> BudgetHeaders:
    """What remains of a session's budgets now."""
    # OC-CTRL-2068
    left = session.account.remaining
    return {
        "x_budget_tokens_remaining": UNLIMITED if left.tokens is None else str(left.tokens),
        "x_budget_time_remaining_ms": UNLIMITED if left.time_ms is None else str(left.time_ms),
        "x_budget_cost_remaining": UNLIMITED if left.cost is None else decimal(left.cost),
    }


def session_info(state: SessionState) -> SessionInfo:
    """The body that tells how a session stands."""
    left = state.remaining
    return SessionInfo(
        ttl_ms_remaining=max(0, round(state.ttl_ms)),
        turns=state.turns,
        kv_bytes=state.kv_bytes,
        kv_warmth=state.warm,
        # ORCH-3023
        kv_migrated=False,
        tokens_budget_remaining=left.tokens,
        time_budget_remaining_ms=left.time_ms,
        cost_budget_remaining=None if left.cost is None else left.cost / MILLION,
    )
