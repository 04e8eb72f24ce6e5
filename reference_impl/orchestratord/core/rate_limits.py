"""How often keys and tenants may ask: token buckets. The clock is the caller's."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from orchestratord.core.errors import OrchestratorError
from orchqueue_contract.errors import ErrorCode, PolicyLabel


@dataclass(frozen=True, slots=True)
class Rate:
    """`rps` requests a second in the long run, `burst` of them at once."""

    rps: float
    burst: int = 1


class TokenBucket:
    """Holds a token for each request that may come now; full at first."""

    def __init__(self, rate: Rate, now_ms: float) -> None:
        self.rate = rate
        self._tokens = float(rate.burst)
        self._filled_ms = now_ms

    def wait_ms(self, now_ms: float) -> float:
        """Milliseconds until there is a token; 0 when there is one."""
        self._fill(now_ms)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) * 1000 / self.rate.rps

    def take(self) -> None:
        """Use a token that `wait_ms` has shown to be there."""
        self._tokens -= 1

    def _fill(self, now_ms: float) -> None:
        gained = max(0.0, now_ms - self._filled_ms) * self.rate.rps / 1000
        self._tokens = min(float(self.rate.burst), self._tokens + gained)
        self._filled_ms = now_ms


class RateLimits:
    """The buckets of all keys and tenants, made when they are first needed and anew when a rate changes."""

    def __init__(self, tenants: Mapping[str, Rate]) -> None:
        self._tenants = tenants
        self._buckets: dict[tuple[str, str], TokenBucket] = {}

    def renew(self, tenants: Mapping[str, Rate]) -> None:
        """Know these rates of tenants from now on."""
        self._tenants = tenants

    def told(self, key_rate: Rate | None, tenant: str) -> dict[str, float]:
        """What a key of this rate, and its tenant, may send: `<whose>_rps` and `<whose>_burst`."""
        # OC-CTRL-2080
        whose = {"key": key_rate, "tenant": self._tenants.get(tenant)}
        told: dict[str, float] = {}
        for name, rate in whose.items():
            if rate is not None:
                told |= {f"{name}_rps": rate.rps, f"{name}_burst": rate.burst}
        return told

    def check(self, key_id: str, key_rate: Rate | None, tenant: str, now_ms: float) -> None:
        """Take a token of the key and one of its tenant, or neither and raise RATE_LIMITED."""
        # ORCH-3006
        tenant_rate = self._tenants.get(tenant)
        if key_rate is None and tenant_rate is None:
            return
        wanted = [("key", key_id, key_rate), ("tenant", tenant, tenant_rate)]
        buckets = [self._bucket(kind, name, rate, now_ms) for kind, name, rate in wanted if rate is not None]
        wait = max((bucket.wait_ms(now_ms) for bucket in buckets), default=0.0)
        if wait > 0:
            raise OrchestratorError(
                ErrorCode.RATE_LIMITED,
                "Requests come faster than this key or its tenant may send them.",
                retry_after_ms=max(1, ceil(wait)),
                policy_label=PolicyLabel.RATE_LIMIT,
            )
        for bucket in buckets:
            bucket.take()

    def _bucket(self, kind: str, name: str, rate: Rate, now_ms: float) -> TokenBucket:
        bucket = self._buckets.get((kind, name))
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[kind, name] = TokenBucket(rate, now_ms)
        return bucket
