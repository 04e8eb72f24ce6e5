"""One replica: its adapter, what is known of its health, its slots, and what it was given.

Watching it is the supervisor's, using it the dispatcher's.
"""

from orchestratord.adapters import AdapterFactory, AdapterPlan, EngineAdapter
from orchestratord.core.leases import Leases
from orchestratord.core.placement import Candidate
from orchestratord.core.pools.devices import Claim
from orchestratord.core.pools.health import WorkerHealth
from orchestratord.core.pools.machine import Machine
from orchestratord.core.pools.redaction import Redaction
from orchestratord.core.tasks import TaskSpec, Workload
from orchestratord.plans import PoolPlan, WorkerPlan


class Worker:
    """An engine behind a pool, and the model that it shall serve.

    `held_until_ms` is when an engine that said it is busy may be asked again. `redaction` knows what a worker
    of the server's own was given, and `file_digest` is that of the model's file that it has loaded. `before`
    is the one whose engine it has taken over.
    """

    def __init__(
        self,
        pool: PoolPlan,
        plan: WorkerPlan,
        make_adapter: AdapterFactory,
        health: WorkerHealth | None = None,
        machine: Machine | None = None,
    ) -> None:
        self.id = plan.id
        self.plan = plan
        self._pool = pool
        self._make_adapter = make_adapter
        self._machine = machine or Machine()
        self.claim = claim_of(pool, plan)
        self.adapter = make_adapter(_adapter_plan(pool, plan, plan.url))
        self.health = health or WorkerHealth()
        self.leases = Leases()
        self.held_until_ms = 0.0
        self.turned_away = 0
        self.redaction = Redaction(plan.secrets)
        self.file_digest: str | None = None
        self.before: Worker | None = None
        self._taken = None if pool.workloads is None else frozenset(pool.workloads)

    def reach(self, url: str) -> EngineAdapter:
        """Speak to the engine at another address from now on; answers the adapter that did so until now,
        which is to be closed.
        """
        before, self.adapter = self.adapter, self._make_adapter(_adapter_plan(self._pool, self.plan, url))
        return before

    def take(self, spec: TaskSpec, kv_bytes: int, now_ms: float) -> int:
        """Begin a lease for a task; answers its number."""
        number = self.leases.take(kv_bytes, alone=spec.strict)
        if self.plan.managed:
            self.redaction.give(number, (spec.prompt, *spec.inputs), now_ms)
        return number

    def give_back(self, lease: int, now_ms: float, *, cooling: bool) -> None:
        """End a lease; with `cooling` its slot stays taken. Raises KeyError when it has ended before."""
        self.leases.give_back(lease, cooling=cooling)
        if self.plan.managed:
            self.redaction.over(lease, now_ms)

    @property
    def model_digest(self) -> str | None:
        """The digest of the model that it has loaded; None where nobody knows."""
        # OC-POOL-3042
        told = self.health.facts.model_digest if self.health.facts else None
        return self.file_digest or told

    @property
    def model(self) -> str | None:
        """The model that it shall serve; None where any will do."""
        return self._pool.model

    @property
    def version(self) -> str | None:
        """The engine's version; None before it has told."""
        return self.health.facts.version if self.health.facts else None

    @property
    def workloads(self) -> frozenset[Workload]:
        """What it can do: what the engine says it can, or else any of its kind, as far as the pool takes
        it.
        """
        # OC-CTRL-2074
        can = self.adapter.workloads
        if self.health.facts is not None and self.health.facts.workloads is not None:
            can &= self.health.facts.workloads
        return can if self._taken is None else can & self._taken

    @property
    def slots(self) -> int:
        """How many tasks it can run at once; 0 while it is not ready."""
        return self.health.facts.slots if self.health.facts and self.health.ready else 0

    def free_slots(self, now_ms: float) -> int:
        """How many more tasks it can take now."""
        if now_ms < self.held_until_ms or self._runs_exclusively():
            return 0
        return max(0, self.slots - self._slots_taken())

    def _slots_taken(self) -> int:
        """How many of its engine's slots are taken, by whichever worker gave them out."""
        # ORCH-3019
        if self.before is None:
            return self.leases.taken
        before = self.before._slots_taken()
        if not before:
            self.before = None
        return self.leases.taken + before

    def _runs_exclusively(self) -> bool:
        """Whether a task that runs alone has its engine, whichever worker gave it the slot."""
        # OC-CORE-1033
        return self.leases.exclusive or (self.before is not None and self.before._runs_exclusively())

    @property
    def kv_room_bytes(self) -> int | None:
        """The KV memory that its tasks may hold together; None: nobody knows."""
        if not self._pool.kv_bytes_per_token or not self.claim.devices:
            return None
        return self._machine.kv_room_bytes(self.claim, self._pool.kv_reserved)

    def idle(self, now_ms: float) -> bool:
        """Whether it can take a task that runs alone."""
        return not self._slots_taken() and self.free_slots(now_ms) > 0

    def candidate(self, now_ms: float) -> Candidate:
        """The worker as placement sees it."""
        free_slots, claim, idle = self.free_slots(now_ms), self.claim, not self._slots_taken()
        if not claim.devices:
            return Candidate(self.id, self.health.ready, free_slots, idle=idle)
        held, room = self.leases.kv_bytes, self.kv_room_bytes
        return Candidate(
            self.id,
            self.health.ready,
            free_slots,
            free_vram_bytes=self._machine.free_bytes(claim, held),
            devices=frozenset(claim.devices),
            free_kv_bytes=None if room is None else room - held,
            far_devices=self._machine.far_devices(claim),
            idle=idle,
        )


def claim_of(pool: PoolPlan, plan: WorkerPlan) -> Claim:
    """What a worker of a pool takes of the machine's devices."""
    who = f"worker {plan.id} of pool {pool.id}"
    return Claim(who, plan.devices, plan.memory_bytes, plan.tensor_split, plan.numa_node)


def _adapter_plan(pool: PoolPlan, plan: WorkerPlan, url: str) -> AdapterPlan:
    return AdapterPlan(
        url=url,
        connect_ms=pool.connect_ms,
        probe_ms=pool.heartbeat_stale_ms,
        mock=pool.mock,
        model=pool.model,
        engine_model=pool.engine_model,
        slots=pool.slots,
        ctx=pool.ctx,
        metrics_url=plan.metrics_url,
        api_key=plan.api_key,
        # OC-ADAPT-5023
        priorities=pool.features.get("priority") is True,
        workloads=None if pool.workloads is None else frozenset(pool.workloads),
    )
