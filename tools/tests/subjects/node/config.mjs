// The configuration that the kit writes, with the contract's defaults for what it leaves out.

const LIMITS = {
  body_bytes: 1048576,
  header_bytes: 16384,
  header_timeout_ms: 10000,
  body_timeout_ms: 60000,
  streams_per_key: 256,
  connections: 4096,
  idle_timeout_ms: 75000,
  stall_timeout_ms: 60000,
  unread_bytes: 262144,
};
const PROFILE = { temperature: 0.8, top_p: 0.95, top_k: 40, min_p: 0.05, stop: [] };

const fill = (defaults, given = {}) => ({ ...defaults, ...given });

export function withDefaults(given) {
  const profiles = [{ version: "v1" }, ...(given.sampler_profiles ?? [])];
  return {
    server: {
      ...fill({ host: "127.0.0.1", port: 8080, grace_ms: 30000, flush_ms: 5000 }, given.server),
      limits: fill(LIMITS, given.server?.limits),
    },
    keys: (given.keys ?? []).map((key) => fill({ tenant: "default" }, key)),
    streams: fill(
      { retain_ms: 600000, keepalive_ms: 15000, max_bytes: 8388608, total_bytes: 268435456 },
      given.streams,
    ),
    profiles: new Map(profiles.map((each) => [each.version, fill(PROFILE, each)])),
    pools: (given.pools ?? []).map(pool),
  };
}

function pool(given) {
  if ((given.adapter ?? given.engine) !== "llamacpp") {
    throw new Error(`pool ${given.id}: this server drives llama.cpp only`);
  }
  return {
    ...fill({ max_tokens: 4096, sampler_profile_version: "v1", cancel_on_disconnect: false }, given),
    queue: fill({ capacity: 256, age_ms: 30000, full_policy: "reject" }, given.queue),
    watchdog: fill({ wall_ms: 600000, first_token_ms: 30000, idle_ms: 5000 }, given.watchdog),
    heartbeat: fill({ interval_ms: 1000, stale_after_ms: 3000 }, given.heartbeat),
    timeouts: fill({ connect_ms: 2000, retries: 2 }, given.timeouts),
    workers: (given.workers ?? []).map((worker) => ({ ...worker, api_key: secret(worker.api_key) })),
  };
}

function secret(reference) {
  return reference?.env === undefined ? undefined : process.env[reference.env];
}
