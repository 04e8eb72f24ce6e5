// The course of one task: dispatched, decoded, tried again where that helps, and ended exactly once.

import { createHash } from "node:crypto";
import { broken } from "./defects.mjs";
import { Refusal } from "./errors.mjs";
import { log } from "./log.mjs";

const METRICS_TOKENS = 16;
const METRICS_MS = 1000;
const NO_BUDGETS = {
  tokens_budget_remaining: null,
  time_budget_remaining_ms: null,
  cost_budget_remaining: null,
};
const WORDS = {
  INVALID_PARAMS: "the engine refused the request",
  REPLICA_EXHAUSTED: "no engine of the pool answers",
  WORKER_RESET: "the connection to the engine broke",
  DECODE_TIMEOUT: "the engine did not go on in time",
  DEADLINE_UNMET: "the deadline has passed",
  INTERNAL: "the engine failed",
};

export class Run {
  constructor(task, orchestrator) {
    Object.assign(this, { task, pool: task.pool, orchestrator, metrics: orchestrator.metrics });
    Object.assign(this, { events: 0, tokens: 0, promptTokens: 0, attempts: 0, timers: {} });
    const { deadline_ms: deadline, max_queue_ms: patience } = task.body;
    this.alarm("deadline", deadline, () => this.fail(this.error("DEADLINE_UNMET"), "deadline"));
    if (patience !== undefined) {
      const told = { policy_label: "reject", retry_after_ms: Math.max(1, patience) };
      const tired = () => this.error("ADMISSION_REJECT", "it waited as long as it wanted to", told);
      this.alarm("patience", patience, () => orchestrator.giveUp(task, tired()));
    }
  }

  error(code, message = WORDS[code], more = {}) {
    return new Refusal(code, message, { engine: this.pool.engine, pool_id: this.pool.id, ...more });
  }

  alarm(name, after, call) {
    clearTimeout(this.timers[name]);
    if (after < 2 ** 31) this.timers[name] = setTimeout(call, after);
  }

  labels(more = {}) {
    const { pool, worker, task } = this;
    return {
      engine: pool.engine,
      engine_version: worker?.version ?? pool.version,
      pool_id: pool.id,
      replica_id: worker?.id ?? "none",
      priority: task.body.priority,
      ...more,
    };
  }

  facts(more = {}) {
    const { body, answer, who } = this.task;
    return {
      correlation_id: this.task.correlation,
      job_id: answer.job_id,
      task_id: body.task_id,
      session_id: body.session_id,
      tenant_id: who.tenant,
      key_id: who.id,
      engine: this.pool.engine,
      engine_version: this.worker?.version ?? this.pool.version,
      pool_id: this.pool.id,
      replica_id: this.worker?.id,
      model_id: this.pool.model ?? body.model_ref,
      ctx: body.ctx || this.pool.ctx,
      priority: body.priority,
      deadline_ms: body.deadline_ms,
      queue_position: answer.queue_position,
      predicted_start_ms: answer.predicted_start_ms,
      on_time_probability: this.task.chance,
      kv_warmth: false,
      ...more,
    };
  }

  begin(worker) {
    const { task, pool } = this;
    Object.assign(this, { worker, dispatched: performance.now() });
    clearTimeout(this.timers.patience);
    task.state = "running";
    this.attempts += 1;
    if (this.started === undefined) this.firstStart();
    this.alarm("first", pool.watchdog.first_token_ms, () => this.hangs());
    if (this.attempts === 1) this.alarm("wall", pool.watchdog.wall_ms, () => this.hangs());
    this.abort = worker.complete(this.request(), {
      piece: (text, tokens) => this.piece(text, tokens),
      done: (end) => this.done(end),
      failed: (kind) => this.failed(kind),
    });
  }

  firstStart() {
    const { task, worker } = this;
    this.started = this.dispatched;
    this.metrics.count("tasks_started_total", this.labels());
    this.metrics.observe("queue_wait_ms", this.labels(), this.started - task.arrived);
    const { queue_position, predicted_start_ms, job_id } = task.answer;
    const { engine, engine_version, pool_id } = this.labels();
    task.emit("started", {
      ...{ queue_position, predicted_start_ms, job_id, engine, engine_version, pool_id },
      replica_id: worker.id,
    });
    log("info", "task.started", this.facts({ queue_time_ms: this.started - task.arrived }));
  }

  request() {
    const { body, pool } = this.task;
    const { profiles } = this.orchestrator.config;
    const { temperature, top_p, top_k, min_p, stop } = profiles.get(
      body.sampler_profile_version ?? pool.sampler_profile_version,
    );
    return {
      prompt: body.prompt,
      n_predict: body.max_tokens,
      stream: true,
      seed: body.seed ?? seedOf(body.task_id),
      ...{ temperature, top_p, top_k, min_p, stop },
      cache_prompt: body.kv_hint !== "cold" && body.determinism !== "strict",
    };
  }

  piece(text, tokens) {
    clearTimeout(this.timers.first);
    this.alarm("idle", this.pool.watchdog.idle_ms, () => this.hangs());
    this.lastAt = performance.now();
    if (this.firstAt === undefined) {
      this.firstAt = this.lastAt;
      this.metrics.observe("latency_first_token_ms", this.labels(), this.firstAt - this.task.arrived);
    }
    this.tokens = tokens ?? this.tokens + 1;
    if (!text) return;
    this.task.emit("token", { t: text, i: this.events });
    this.events += 1;
    const due = this.events % METRICS_TOKENS === 0 || this.lastAt - this.toldAt >= METRICS_MS;
    if (this.events === 1 || due) this.tell();
  }

  tell() {
    const { task, pool } = this;
    this.toldAt = performance.now();
    const left = task.body.deadline_ms - (this.toldAt - task.arrived);
    const needed = (pool.forecast.perToken ?? 0) * Math.max(0, task.body.max_tokens - this.tokens);
    task.emit("metrics", {
      on_time_probability: pool.forecast.onTime(left, needed),
      queue_depth: pool.depth(),
      kv_warmth: false,
      ...NO_BUDGETS,
    });
  }

  done({ reason, tokens, prompt }) {
    this.tokens = tokens ?? this.tokens;
    this.promptTokens = prompt ?? 0;
    const now = performance.now();
    const perToken = this.tokens > 1 ? (this.lastAt - this.firstAt) / (this.tokens - 1) : undefined;
    this.pool.forecast.learn((this.firstAt ?? now) - this.dispatched, perToken, now - this.dispatched);
    this.finish("end", "task.completed", "end", { finish_reason: reason }, () => this.pool.release(this.worker));
  }

  failed(kind) {
    const { task, pool, worker } = this;
    if (kind === "gone") worker.beat();
    if (this.firstAt === undefined && this.again(kind)) {
      clearTimeout(this.timers.first);
      task.state = "queued";
      pool.waiting.push(task);
      pool.release(worker);
      return;
    }
    const gone = this.firstAt === undefined ? "REPLICA_EXHAUSTED" : "WORKER_RESET";
    const code = { gone, busy: "INTERNAL", refused: "INVALID_PARAMS", failed: "INTERNAL" }[kind];
    this.fail(this.error(code));
  }

  // Says whether another attempt can mend it. OC-ADAPT-5080, OC-ADAPT-5082
  again(kind) {
    const { task, pool, worker } = this;
    if (kind === "busy") {
      this.attempts -= 1;
      pool.pause();
      return true;
    }
    if (kind === "gone") {
      task.tried.add(worker);
      return pool.workers.some((other) => other.ready && !task.tried.has(other));
    }
    return kind === "failed" && this.attempts <= pool.timeouts.retries;
  }

  hangs() {
    this.fail(this.error("DECODE_TIMEOUT"), "watchdog");
  }

  // Cancels, and says what that did. OC-CTRL-2012
  cancel(reason = "client") {
    const { task } = this;
    if (task.over && broken("cancel-claims-twice")) return this.canceled ?? "already-finished";
    if (task.over) return "already-finished";
    this.canceled = task.state === "queued" ? "canceled-queued" : "canceled-running";
    this.metrics.count("tasks_canceled_total", this.labels({ reason }));
    this.finish("end", "task.canceled", "canceled", { finish_reason: "canceled" }, this.breakOff());
    return this.canceled;
  }

  fail(refusal, reason) {
    if (this.task.over) return;
    if (reason) this.metrics.count("tasks_canceled_total", this.labels({ reason }));
    const { code } = refusal;
    const envelope = refusal.envelope(this.task.correlation);
    const whole = { ...envelope, engine: this.pool.engine, pool_id: this.pool.id };
    this.finish("error", "task.failed", code, whole, this.breakOff());
  }

  // Takes it from where it is; gives what remains to be done when it has ended.
  breakOff() {
    const { task, pool, worker } = this;
    if (task.state === "queued") {
      pool.remove(task);
      return () => {};
    }
    this.abort();
    return () => worker.untilIdle().then(() => pool.release(worker));
  }

  finish(event, name, outcome, data, after) {
    const { task } = this;
    Object.values(this.timers).forEach(clearTimeout);
    const decode = this.firstAt === undefined ? 0 : this.lastAt - this.firstAt;
    if (this.events > 0) this.tell();
    this.metrics.count("tasks_finished_total", this.labels({ outcome }));
    if (this.firstAt !== undefined) {
      this.metrics.observe("latency_decode_ms", this.labels(), decode);
      this.metrics.count("tokens_in_total", this.labels(), this.promptTokens);
      this.metrics.count("tokens_out_total", this.labels(), this.tokens);
    }
    const told = {
      code: data.code,
      tokens_in: this.promptTokens,
      tokens_out: this.tokens,
      queue_time_ms: (this.started ?? performance.now()) - task.arrived,
      first_token_ms: this.firstAt === undefined ? undefined : this.firstAt - task.arrived,
      decode_time_ms: decode,
    };
    log("info", name, this.facts(told));
    const ended = { tokens_out: this.tokens, decode_ms: Math.round(decode), ...data };
    task.emit(event, event === "end" ? ended : data);
    this.orchestrator.keep(task);
    after();
  }
}

// OC-ADAPT-5010: of a task that names no seed.
function seedOf(id) {
  if (broken("seed-forgotten")) return 0;
  return createHash("sha256").update(id.toLowerCase()).digest().readUInt32BE() % (2 ** 32 - 1);
}
