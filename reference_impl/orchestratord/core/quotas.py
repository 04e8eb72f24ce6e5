"""What one tenant may have in flight at a time: tasks, and the KV memory that they may need.

Who counts what is held is the caller's; a tenant's rate is in `rate_limits`.
"""

from dataclasses import dataclass

from orchestratord.core.advice import JITTER, LONGEST_MS, SHORTEST_MS
from orchestratord.core.errors import Detail
from orchestratord.core.rate_limits import Rate


@dataclass(frozen=True, slots=True)
class Tenant:
    """What a tenant is due: its weight under fair queueing, its quotas and its rate. None is no bound."""

    id: str
    weight: float = 1.0
    max_concurrent: int | None = None
    kv_bytes: int | None = None
    rate: Rate | None = None


@dataclass(slots=True)
class Held:
    """What a tenant's waiting and running tasks hold."""

    tasks: int = 0
    kv_bytes: int = 0

    def take(self, kv_bytes: int) -> None:
        """One more task."""
        self.tasks += 1
        self.kv_bytes += kv_bytes

    def give_back(self, kv_bytes: int) -> None:
        """A task has ended."""
        self.tasks -= 1
        self.kv_bytes -= kv_bytes


def kv_tokens(tenant: Tenant, bytes_per_token: int) -> int | None:
    """Of how many tokens the tenant may need the KV memory; None is no bound."""
    if tenant.kv_bytes is None or not bytes_per_token:
        return None
    return tenant.kv_bytes // bytes_per_token


def exceeded(tenant: Tenant, held: Held, kv_bytes: int) -> Detail | None:
    """Which of its quotas the tenant would exceed by one more task of this need; None when it would not."""
    # OC-CORE-1051
    if tenant.max_concurrent is not None and held.tasks >= tenant.max_concurrent:
        return Detail(f"The tenant may have {tenant.max_concurrent} tasks in flight.", name="max_concurrent")
    if tenant.kv_bytes is not None and held.kv_bytes + kv_bytes > tenant.kv_bytes:
        return Detail(f"The tenant's tasks may need {tenant.kv_bytes} bytes of KV memory.", name="kv_bytes")
    return None


def advice_ms(held: Held, mean_lease_ms: float, chance: float) -> int:
    """When the next of the tenant's tasks is likely to have ended; `chance` from 0 to 1 jitters it upward."""
    wait = min(max(mean_lease_ms / max(1, held.tasks), SHORTEST_MS), LONGEST_MS)
    return round(wait * (1 + JITTER * chance))
