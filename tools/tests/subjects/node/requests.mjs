// What a task may say: the contract's TaskRequest, closed, with a pointer to the first offender.

import { invalid } from "./errors.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const integer = (least, most = Number.MAX_SAFE_INTEGER) => (value) =>
  Number.isSafeInteger(value) && value >= least && value <= most;
const string = (least, most) => (value) =>
  typeof value === "string" && value.length >= least && value.length <= most;
const oneOf = (...allowed) => (value) => allowed.includes(value);
const uuid = (value) => typeof value === "string" && UUID.test(value);
const inputs = (value) =>
  Array.isArray(value) && value.length >= 1 && value.length <= 256 && value.every((each) => typeof each === "string");

const COMMON = {
  task_id: uuid,
  session_id: uuid,
  workload: oneOf("completion", "embedding", "rerank"),
  model_ref: string(1, 256),
  engine: oneOf("llamacpp", "vllm", "tgi", "triton"),
  ctx: integer(0),
  priority: oneOf("interactive", "batch"),
  deadline_ms: integer(-Number.MAX_SAFE_INTEGER),
};
const OPTIONAL = { max_queue_ms: integer(0), kv_hint: oneOf("reuse", "cold") };
const WORKLOADS = {
  completion: {
    required: { ...COMMON, prompt: string(0, Infinity), max_tokens: integer(1) },
    optional: {
      ...OPTIONAL,
      seed: integer(0, 2 ** 32 - 2),
      determinism: oneOf("strict", "best_effort"),
      sampler_profile_version: string(1, 64),
      expected_tokens: integer(0),
    },
  },
  embedding: { required: { ...COMMON, inputs }, optional: OPTIONAL },
  rerank: { required: { ...COMMON, prompt: string(0, Infinity), inputs }, optional: OPTIONAL },
};
const DEFAULTS = { kv_hint: "reuse", determinism: "best_effort" };

export const isUuid = uuid;

export function check(body) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    throw invalid("", "the body is no object");
  }
  const schema = typeof body.workload === "string" ? WORKLOADS[body.workload] : undefined;
  if (!schema) throw invalid("/workload", "the workload is none of completion, embedding, rerank");
  for (const name of Object.keys(schema.required)) {
    if (!(name in body)) throw invalid("", `the field ${name} is missing`);
  }
  const allowed = { ...schema.required, ...schema.optional };
  for (const [name, value] of Object.entries(body)) {
    const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!Object.hasOwn(allowed, name)) throw invalid(pointer, "the contract has no such field");
    if (!allowed[name](value)) throw invalid(pointer, "the value is not one that the contract allows");
  }
  return body;
}

// Equal bodies have equal fingerprints, whatever their order and whether defaults were spelt out.
export function fingerprint(body) {
  const whole = { ...DEFAULTS, ...body, task_id: "", session_id: body.session_id.toLowerCase() };
  return JSON.stringify(Object.entries(whole).sort(([a], [b]) => (a < b ? -1 : 1)));
}
