"""What becomes of pools while tasks run: how workers load, fail and fall silent, what happens to their
devices, and what operators do. Nothing here runs.
"""

from dataclasses import dataclass
from random import Random

from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.breaker import BreakerRules

HEARTBEAT_MS = 1_000.0
STALE_MS = 3_000.0
SILENT_MS = 6_000.0
PRELOAD_MS = 8_000.0
STOP_MS = 1_000.0
PAUSES = Backoff()
BREAKER = BreakerRules()
OTHER_MODEL, MISSING_MODEL = "other", "missing"


@dataclass(frozen=True, slots=True)
class Upheaval:
    """What is `_every_s` happens so seldom, on the mean, to each worker, device or pool; 0 is never.

    `managed` workers run in processes, which take `load_ms` on the mean to load; with the chance `load_fails`
    they never do, and with the chance `flaps` they crash as soon as they have. One that is `late` answers no
    question for `late_s` on the mean, one that hangs does nothing any more. Devices are lost for a while or
    count an ECC error; `tight` ones have no room for two workers. With the chance `reload_fails` a reload
    brings a model that cannot be had.
    """

    managed: bool = False
    load_ms: float = 400.0
    load_fails: float = 0.0
    crash_every_s: float = 0.0
    flaps: float = 0.0
    hang_every_s: float = 0.0
    late_every_s: float = 0.0
    late_s: float = 4.0
    device_every_s: float = 0.0
    tight: bool = False
    drain_every_s: float = 0.0
    reload_every_s: float = 0.0
    reload_fails: float = 0.0


CALM = Upheaval()


def drawn_upheaval(random: Random) -> Upheaval:
    """What shakes a world, so that each kind of trouble meets with the others."""
    often = random.choice([5.0, 20.0, 60.0])
    perhaps = lambda: random.choice([0.0, often, 3 * often])  # noqa: E731
    return Upheaval(
        managed=random.random() < 0.75,
        load_ms=random.choice([50.0, 400.0, 3_000.0]),
        load_fails=random.choice([0.0, 0.1, 0.4]),
        crash_every_s=perhaps(),
        flaps=random.choice([0.0, 0.0, 0.2, 0.9]),
        hang_every_s=perhaps(),
        late_every_s=perhaps(),
        device_every_s=perhaps(),
        tight=random.random() < 0.5,
        drain_every_s=perhaps(),
        reload_every_s=perhaps(),
        reload_fails=random.choice([0.0, 0.3]),
    )
