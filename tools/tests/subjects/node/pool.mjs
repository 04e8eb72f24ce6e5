// One pool: its workers, its queue, and the tasks that run; who goes next, and who goes when it is full.

import { broken } from "./defects.mjs";
import { Refusal } from "./errors.mjs";
import { Forecast } from "./forecast.mjs";
import { Worker } from "./llamacpp.mjs";

const BUSY_PAUSE_MS = 25;

export class Pool {
  // `run(task, worker)` has a task decoded; `evict(task, refusal)` ends one that waits.
  constructor(config, run, evict) {
    const { ctx, slots, ...own } = config; // those two are what the workers tell, within these bounds
    Object.assign(this, own, { run, evict });
    this.waiting = [];
    this.forecast = new Forecast();
    this.workers = config.workers.map((entry) => new Worker(config, entry));
    for (const worker of this.workers) worker.watch(() => this.dispatch());
  }

  get ready() {
    return this.workers.some((worker) => worker.ready);
  }

  get slots() {
    return this.workers.reduce((sum, worker) => sum + (worker.ready ? worker.slots : 0), 0);
  }

  get leases() {
    return this.workers.reduce((sum, worker) => sum + worker.leases, 0);
  }

  get ctx() {
    return Math.max(...this.workers.map((worker) => worker.ctx));
  }

  get version() {
    return this.workers.find((worker) => worker.version)?.version ?? "none";
  }

  depth(priority) {
    return this.waiting.filter((task) => !priority || task.body.priority === priority).length;
  }

  urgent(task) {
    const aged = performance.now() - task.arrived >= this.queue.age_ms && !broken("ageing-forgotten");
    return task.body.priority === "interactive" || aged;
  }

  // In the order of dispatch. OC-CORE-1004, OC-CORE-1053
  ordered() {
    const byArrival = [...this.waiting].sort((a, b) => a.number - b.number);
    return [...byArrival.filter((t) => this.urgent(t)), ...byArrival.filter((t) => !this.urgent(t))];
  }

  // How many would be dispatched before a task of this priority that came now.
  ahead(priority) {
    return priority === "interactive" ? this.waiting.filter((t) => this.urgent(t)).length : this.waiting.length;
  }

  free(task) {
    const able = this.workers.filter((w) => w.ready && w.leases < w.slots && !task?.tried.has(w));
    return able.sort((a, b) => b.slots - b.leases - (a.slots - a.leases))[0];
  }

  // OC-CORE-1002: makes room for a task of this priority, or refuses it.
  makeRoom(priority) {
    if (this.waiting.length < this.queue.capacity) return;
    const policy = this.queue.full_policy;
    const code = policy === "drop-lru" ? "QUEUE_FULL_DROP_LRU" : "ADMISSION_REJECT";
    const refusal = () =>
      new Refusal(code, `the queue of pool ${this.id} is full`, {
        engine: this.engine,
        pool_id: this.id,
        policy_label: policy,
        retry_after_ms: this.forecast.advice(this.slots),
      });
    const byAge = [...this.waiting].sort((a, b) => a.number - b.number);
    const victim = byAge.find((task) => task.body.priority === "batch") ?? byAge[0];
    if (policy !== "drop-lru" || (priority === "batch" && victim.body.priority === "interactive")) {
      throw refusal();
    }
    this.evict(victim, refusal());
  }

  remove(task) {
    this.waiting = this.waiting.filter((other) => other !== task);
  }

  pause() {
    this.paused = performance.now() + BUSY_PAUSE_MS;
    setTimeout(() => this.dispatch(), BUSY_PAUSE_MS + 1);
  }

  dispatch() {
    if (this.stopping || performance.now() < (this.paused ?? 0)) return;
    for (const task of this.ordered()) {
      const worker = this.free(task);
      if (!worker) return;
      this.remove(task);
      worker.leases += 1;
      this.run(task, worker);
    }
  }

  release(worker) {
    worker.leases -= 1;
    this.dispatch();
  }
}
