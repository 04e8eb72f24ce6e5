"""Pools in the words of the contract."""

from msgspec import UNSET

from orchestratord.service.overview import PoolHealth
from orchqueue_contract import structs


def pool_health(one: PoolHealth, wall_ms: float) -> structs.PoolHealth:
    """How a pool fares, told at a time in milliseconds since 1970."""
    return structs.PoolHealth(
        live=one.live,
        ready=one.ready,
        draining=one.draining,
        state=one.state.value,
        metrics=structs.PoolMetrics(
            queue_depth=one.queue_depth,
            active_leases=one.active_leases,
            slots_total=one.slots_total,
            slots_free=one.slots_free,
            kv_cache_usage_ratio=UNSET if one.kv_usage is None else one.kv_usage,
        ),
        last_error=UNSET if one.last_error is None else one.last_error,
        version=one.version,
        last_heartbeat_ms=None if one.heard_ms_ago is None else round(wall_ms - one.heard_ms_ago),
    )
