// The series of profile core, as text or as OpenMetrics; each label keeps within its budget of values.

import { log } from "./log.mjs";

const ENGINE = ["engine", "engine_version", "pool_id"];
const TASKS = [...ENGINE, "priority"];
const AT_REPLICA = [...ENGINE, "replica_id"];
const FAMILIES = {
  tasks_enqueued_total: ["counter", "Tasks that were accepted.", TASKS],
  tasks_started_total: ["counter", "Tasks that were handed to an engine.", [...AT_REPLICA, "priority"]],
  tasks_finished_total: ["counter", "Tasks that have ended, by how.", [...ENGINE, "outcome"]],
  tasks_canceled_total: ["counter", "Tasks that were ended early, by whom.", [...AT_REPLICA, "reason"]],
  tasks_rejected_total: ["counter", "Tasks that were refused or given up.", ["engine", "reason"]],
  tokens_in_total: ["counter", "Prompt tokens that engines evaluated.", AT_REPLICA],
  tokens_out_total: ["counter", "Tokens that engines decoded.", AT_REPLICA],
  admission_backpressure_events_total: ["counter", "Times that a policy acted.", ["engine", "policy"]],
  queue_depth: ["gauge", "Tasks that wait.", TASKS],
  kv_cache_usage_ratio: ["gauge", "Share of the KV cache in use.", AT_REPLICA],
  model_state: ["gauge", "1 for the state that holds for the model.", ["model_id", "state"]],
  pool_ready: ["gauge", "1 when the pool can serve.", ["pool_id"]],
  active_leases: ["gauge", "Tasks that hold a slot.", ["pool_id"]],
  latency_first_token_ms: ["histogram", "From acceptance to the first token.", TASKS],
  latency_decode_ms: ["histogram", "From the first token to the last.", TASKS],
  queue_wait_ms: ["histogram", "From acceptance to the first dispatch.", TASKS],
};
const BUDGETS = {
  engine: 4,
  engine_version: 64,
  pool_id: 256,
  replica_id: 1024,
  priority: 8,
  reason: 32,
  outcome: 32,
  policy: 8,
  model_id: 1024,
  state: 8,
};
const BOUNDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000];

export class Metrics {
  constructor() {
    this.series = new Map(Object.keys(FAMILIES).map((name) => [name, new Map()]));
    this.values = new Map(Object.keys(BUDGETS).map((label) => [label, new Set()]));
    this.told = new Set();
  }

  count(name, labels, by = 1) {
    this.add(this.series.get(name), name, labels, by);
  }

  observe(name, labels, value) {
    const series = this.series.get(name);
    const key = this.key(name, labels);
    const own = series.get(key) ?? { sum: 0, counts: Array(BOUNDS.length + 1).fill(0) };
    const at = BOUNDS.findIndex((bound) => value <= bound);
    own.counts[at < 0 ? BOUNDS.length : at] += 1;
    own.sum += value;
    series.set(key, own);
  }

  add(series, name, labels, by) {
    const key = this.key(name, labels);
    series.set(key, (series.get(key) ?? 0) + by);
  }

  key(name, labels) {
    const pairs = FAMILIES[name][2].map((label) => [label, this.bounded(label, labels[label] ?? "none")]);
    return pairs.map(([label, value]) => `${label}="${escaped(value)}"`).join(",");
  }

  bounded(label, value) {
    const known = this.values.get(label);
    if (value === "none" || value === "other" || known.has(value)) return value;
    if (known.size < BUDGETS[label]) {
      known.add(value);
      return value;
    }
    if (!this.told.has(label)) log("warning", "metrics.label-overflow", { label });
    this.told.add(label);
    return "other";
  }

  // `gauges` are read at this moment: triples of name, labels and value.
  text(gauges, open) {
    const now = new Map(this.series);
    for (const [name, labels, value] of gauges) {
      if (now.get(name) === this.series.get(name)) now.set(name, new Map());
      this.add(now.get(name), name, labels, value);
    }
    const lines = [];
    for (const [name, [type, help]] of Object.entries(FAMILIES)) {
      const announced = open && type === "counter" ? name.replace(/_total$/, "") : name;
      lines.push(`# HELP ${announced} ${help}`, `# TYPE ${announced} ${type}`);
      for (const [key, value] of now.get(name)) {
        if (type === "histogram") lines.push(...histogram(name, key, value));
        else lines.push(`${name}{${key}} ${value}`);
      }
    }
    return `${lines.join("\n")}\n${open ? "# EOF\n" : ""}`;
  }
}

function* histogram(name, key, { sum, counts }) {
  let total = 0;
  for (const [at, count] of counts.entries()) {
    total += count;
    yield `${name}_bucket{${key},le="${at < BOUNDS.length ? BOUNDS[at].toFixed(1) : "+Inf"}"} ${total}`;
  }
  yield `${name}_sum{${key}} ${sum}`;
  yield `${name}_count{${key}} ${total}`;
}

const escaped = (value) =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
