"""The queue as semantics say it, with nothing but a list that is sorted when somebody asks; slow and plain on
purpose.
"""

from dataclasses import dataclass, field
from math import inf

from orchestratord.core._queue import BATCH, INTERACTIVE, Entry, Placed, Refused


@dataclass(eq=False)
class Task:
    id: str
    payload: object
    priority: int
    tenant: str
    arrival: int
    arrived_ms: float
    start: float
    latest: float
    cost: float
    started: bool = False

    def entry(self) -> Entry:
        return Entry(self.id, self.payload, self.priority, self.tenant)


@dataclass
class Tags:
    """A flow's finish tag and weight; it runs when tasks of `running` are its own."""

    finish: float = 0.0
    weight: float = 1.0


@dataclass
class NaiveQueue:
    capacity: int
    policy: str
    age_ms: float
    order: str
    waiting: list[Task] = field(default_factory=list)
    running: list[Task] = field(default_factory=list)
    flows: dict[tuple[str, int], Tags] = field(default_factory=dict)
    arrivals: int = 0
    last_ms: float = -inf
    v: float = 0.0
    largest: float = 0.0

    def in_order(self, now: float) -> list[Task]:
        if self.order == "wfq":
            return sorted(self.waiting, key=lambda task: (task.start, task.arrival))

        def rank(task: Task) -> tuple[bool, int]:
            young = task.priority == BATCH and not task.arrived_ms <= now - self.age_ms
            return (young, task.arrival)

        return sorted(self.waiting, key=rank)

    def enqueue(
        self,
        task_id: str,
        payload: object,
        priority: int,
        now: float,
        tenant: str,
        cost: float,
        weight: float,
        latest: float,
    ) -> int | Placed | Refused | None:
        if self.find(task_id):
            return None
        victim = None
        if len(self.waiting) >= self.capacity:
            victim = self.victim(priority, now)
            if victim is None:
                return Refused(self.policy)  # type: ignore[arg-type]
            self.withdraw(victim, 0.0)
        self.last_ms = max(self.last_ms, now)
        task = Task(task_id, payload, priority, tenant, self.arrivals, self.last_ms, 0.0, latest, cost)
        task.start = self.start_tag(tenant, priority)
        self.arrivals += 1
        self.waiting.append(task)
        if self.order == "wfq":
            self.flows[tenant, priority] = Tags(task.start + cost / weight, weight)
        position = self.in_order(now).index(task)
        self.rest()
        return position if victim is None else Placed(position, victim.entry())

    def dequeue(self, now: float, hold_batch: bool) -> Task | None:
        task = self.next(now, hold_batch)
        if task is None:
            return None
        self.waiting.remove(task)
        self.running.append(task)
        if self.order == "wfq":
            flow = self.flows[task.tenant, task.priority]
            self.v = max(self.v, task.start)
            self.largest = max(self.largest, task.start + task.cost / flow.weight)
            self.rest()
        return task

    def next(self, now: float, hold_batch: bool) -> Task | None:
        tasks = self.in_order(now)
        if hold_batch and self.order == "wfq":
            tasks = [task for task in tasks if task.priority == INTERACTIVE] or tasks
        return tasks[0] if tasks else None

    def put_back(self, task: Task, started: bool) -> None:
        self.running.remove(task)
        task.started = task.started or started
        self.waiting.append(task)

    def settle(self, task: Task, used: float) -> None:
        self.running.remove(task)
        if self.order == "wfq":
            flow = self.flows[task.tenant, task.priority]
            flow.finish += (used - task.cost) / flow.weight
            self.rest()

    def cancel(self, task_id: str, used: float) -> bool:
        task = self.find(task_id)
        if task is None:
            return False
        self.withdraw(task, used)
        self.rest()
        return True

    def reprioritise(self, task_id: str, priority: int, weight: float) -> bool:
        task = self.find(task_id)
        if task is None:
            return False
        if task.priority != priority:
            self.withdraw(task, 0.0)
            task.priority = priority
            if self.order == "wfq":
                task.start = self.start_tag(task.tenant, priority)
                self.flows[task.tenant, priority] = Tags(task.start + task.cost / weight, weight)
            self.waiting.append(task)
            self.rest()
        return True

    def position(self, task_id: str, now: float) -> int | None:
        task = self.find(task_id)
        return None if task is None else self.in_order(now).index(task)

    def arrivals_ahead(self, priority: int, now: float, tenant: str) -> int:
        newest = Task(
            "", None, priority, tenant, self.arrivals, inf, self.start_tag(tenant, priority), inf, 0.0
        )
        self.waiting.append(newest)
        ahead = self.in_order(now).index(newest)
        self.waiting.remove(newest)
        return ahead

    def find(self, task_id: str) -> Task | None:
        return next((task for task in self.waiting if task.id == task_id), None)

    def of_flow(self, tenant: str, priority: int) -> list[Task]:
        tasks = [task for task in self.waiting if (task.tenant, task.priority) == (tenant, priority)]
        return sorted(tasks, key=lambda task: (task.start, task.arrival))

    def start_tag(self, tenant: str, priority: int) -> float:
        last = self.of_flow(tenant, priority)[-1:]
        return max(
            [self.v, self.flows.get((tenant, priority), Tags()).finish, *[task.start for task in last]]
        )

    def withdraw(self, task: Task, used: float) -> None:
        if self.order == "wfq":
            flow = self.flows[task.tenant, task.priority]
            if task.started:
                flow.finish += (used - task.cost) / flow.weight
            elif self.of_flow(task.tenant, task.priority)[-1] is task:
                flow.finish -= task.cost / flow.weight
        self.waiting.remove(task)

    def rest(self) -> None:
        if self.order != "wfq":
            return
        if not self.waiting and not self.running:
            self.v = max(self.v, self.largest)
        busy = {(task.tenant, task.priority) for task in (*self.waiting, *self.running)}
        self.flows = {name: flow for name, flow in self.flows.items() if name in busy or flow.finish > self.v}

    def victim(self, priority: int, now: float) -> Task | None:
        tasks = sorted((task for task in self.waiting if not task.started), key=lambda task: task.arrival)
        batch = [task for task in tasks if task.priority == BATCH]
        losers: list[Task] = []
        if self.policy == "drop-lru":
            losers = batch or [task for task in tasks if priority == INTERACTIVE]
        elif self.policy == "shed-low-priority" and priority == INTERACTIVE:
            losers = batch[::-1]
        return next((task for task in losers if task.latest < now), losers[0] if losers else None)
