// Admission, and where tasks are: by pool, by tenant and id, and what is kept of those that have ended.

import { randomUUID } from "node:crypto";
import { invalid, Refusal } from "./errors.mjs";
import { log } from "./log.mjs";
import { Metrics } from "./metrics.mjs";
import { Pool } from "./pool.mjs";
import { fingerprint } from "./requests.mjs";
import { Run } from "./run.mjs";
import { Task } from "./task.mjs";

const PROFILES = ["core", "adapter-llamacpp"];
const LEAST_CHANCE = 0.01;
const POLL_MS = 10;

export class Orchestrator {
  constructor(config) {
    this.config = config;
    this.metrics = new Metrics();
    this.tasks = new Map();
    this.ended = [];
    this.keptBytes = 0;
    this.number = 0;
    this.stopping = false;
    this.pools = config.pools.map(
      (pool) =>
        new Pool(
          pool,
          (task, worker) => task.run.begin(worker),
          (task, refusal) => this.giveUp(task, refusal),
        ),
    );
  }

  admit(body, who, correlation) {
    const key = this.key(who.tenant, body.task_id);
    const known = this.tasks.get(key);
    if (known) {
      if (known.print !== fingerprint(body)) {
        throw new Refusal("TASK_CONFLICT", "the task_id was used for another body");
      }
      return known.answer;
    }
    const pool = this.choose(body);
    const about = { engine: pool.engine, pool_id: pool.id };
    this.guard(body, pool, about);
    const ahead = pool.ahead(body.priority);
    const starts = pool.free() && ahead === 0 ? 0 : pool.forecast.wait(ahead, pool.slots);
    const chance = pool.forecast.onTime(body.deadline_ms, starts + pool.forecast.service(body.max_tokens));
    if (chance < LEAST_CHANCE) throw new Refusal("DEADLINE_UNMET", "the deadline cannot be met", about);
    if (body.max_queue_ms !== undefined && starts > body.max_queue_ms) {
      throw new Refusal("ADMISSION_REJECT", "the task would have to wait longer than it wants to", {
        ...about,
        policy_label: "reject",
        retry_after_ms: Math.max(1, starts),
      });
    }
    if (starts > 0) pool.makeRoom(body.priority);
    return this.accept(body, who, correlation, pool, key, { ahead: pool.ahead(body.priority), starts, chance });
  }

  key(tenant, id) {
    return `${tenant}/${id.toLowerCase()}`;
  }

  choose(body) {
    const byEngine = this.pools.filter((pool) => pool.engine === body.engine);
    if (!byEngine.length) throw invalid("/engine", "no pool has this engine");
    const byModel = byEngine.filter((pool) => pool.model === undefined || pool.model === body.model_ref);
    if (!byModel.length) throw invalid("/model_ref", "no pool has this model");
    if (body.workload !== "completion") throw invalid("/workload", "no pool takes this workload");
    return byModel.find((pool) => pool.ready) ?? byModel[0];
  }

  guard(body, pool, about) {
    const prompt = Math.ceil(Buffer.byteLength(body.prompt) / 4);
    if (pool.ctx > 0) {
      if (body.ctx > pool.ctx) throw invalid("/ctx", `the context is ${pool.ctx} tokens`, about);
      if (prompt + body.max_tokens > pool.ctx) throw invalid("/prompt", `the context is ${pool.ctx} tokens`, about);
    }
    if (body.max_tokens > pool.max_tokens) {
      throw invalid("/max_tokens", `the pool allows ${pool.max_tokens} tokens`, about);
    }
    if (!this.config.profiles.has(body.sampler_profile_version ?? pool.sampler_profile_version)) {
      throw invalid("/sampler_profile_version", "there is no such profile", about);
    }
    if (this.stopping) throw new Refusal("POOL_UNAVAILABLE", "the server is stopping", about);
    if (!pool.ready) throw new Refusal("POOL_UNREADY", `no engine of pool ${pool.id} is ready`, about);
  }

  accept(body, who, correlation, pool, key, { ahead, starts, chance }) {
    const answer = {
      task_id: body.task_id,
      job_id: randomUUID(),
      queue_position: ahead,
      predicted_start_ms: starts,
      backoff_ms: 0,
    };
    const task = new Task(
      { body, who, correlation, pool, key, answer, chance, print: fingerprint(body) },
      this.config.streams,
    );
    Object.assign(task, { number: (this.number += 1), arrived: performance.now(), tried: new Set() });
    task.run = new Run(task, this);
    this.tasks.set(key, task);
    this.metrics.count("tasks_enqueued_total", task.run.labels());
    log("info", "task.admitted", task.run.facts());
    pool.waiting.push(task);
    pool.dispatch();
    return answer;
  }

  refused(refusal, engine) {
    const label = refusal.more.policy_label;
    this.metrics.count("tasks_rejected_total", { engine, reason: refusal.code });
    if (label) this.metrics.count("admission_backpressure_events_total", { engine, policy: label });
  }

  giveUp(task, refusal) {
    this.refused(refusal, task.pool.engine);
    task.run.fail(refusal);
  }

  find(id, who) {
    const task = this.tasks.get(this.key(who.tenant, id));
    if (!task) throw new Refusal("NOT_FOUND", "there is no such task");
    return task;
  }

  // Keeps the ended for their time and within the room for them. OC-CTRL-2014, OC-CTRL-2017
  keep(task) {
    this.ended.push(task);
    this.keptBytes += task.bytes;
    setTimeout(() => this.forget(task), this.config.streams.retain_ms).unref();
    while (this.keptBytes > this.config.streams.total_bytes && this.ended.length > 1) {
      this.forget(this.ended[0]);
    }
  }

  forget(task) {
    if (this.tasks.get(task.key) !== task) return;
    this.tasks.delete(task.key);
    this.ended.splice(this.ended.indexOf(task), 1);
    this.keptBytes -= task.bytes;
    task.forget();
  }

  *gauges() {
    for (const pool of this.pools) {
      const own = { engine: pool.engine, engine_version: pool.version, pool_id: pool.id };
      for (const priority of ["interactive", "batch"]) {
        yield ["queue_depth", { ...own, priority }, pool.depth(priority)];
      }
      yield ["pool_ready", own, Number(pool.ready && !this.stopping)];
      yield ["active_leases", own, pool.leases];
      if (pool.model && pool.ready) yield ["model_state", { model_id: pool.model, state: "Active" }, 1];
    }
  }

  capabilities() {
    const engines = this.pools.filter((pool) => pool.ready).map((pool) => ({
      engine: pool.engine,
      engine_version: pool.version,
      ctx_max: pool.ctx,
      concurrency: pool.slots,
      supported_workloads: ["completion"],
      rate_limits: {},
      features: {},
      models: pool.model ? [pool.model] : [],
    }));
    return { api_version: "1.0.0", profiles: PROFILES, engines };
  }

  // OC-CTRL-2070: what waits ends at once, what runs has the grace, and whoever was accepted is told the end.
  async stop(grace, flush) {
    const shutdown = () => new Refusal("POOL_UNAVAILABLE", "the server is stopping");
    const all = () => [...this.tasks.values()];
    this.stopping = true;
    for (const pool of this.pools) pool.stopping = true;
    for (const task of all().filter((each) => each.state === "queued")) task.run.fail(shutdown(), "shutdown");
    this.graceEnds = performance.now() + grace;
    await until(() => all().every((task) => task.over) || performance.now() >= this.graceEnds);
    for (const task of all().filter((each) => !each.over)) task.run.fail(shutdown(), "shutdown");
    const flushed = performance.now() + flush;
    await until(() => all().every((task) => task.readToEnd) || performance.now() >= flushed);
  }

  endGrace() {
    this.graceEnds = 0;
  }
}

async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
