// A llama.cpp behind the server: how it fares, and one completion of it as a stream of pieces.

import http from "node:http";
import { broken } from "./defects.mjs";

const BUSY = [429, 503];
const ASK_MS = 2000;
const IDLE_POLL_MS = 20;
const IDLE_LIMIT_MS = 1000;

export class Worker {
  constructor(pool, entry) {
    this.id = entry.id;
    this.pool = pool;
    this.url = entry.url.replace(/\/$/, "");
    this.headers = entry.api_key === undefined ? {} : { Authorization: `Bearer ${entry.api_key}` };
    this.healthy = false;
    this.seen = -Infinity;
    this.leases = 0;
    Object.assign(this, { slots: 0, ctx: 0, version: undefined });
  }

  get ready() {
    return this.healthy && performance.now() - this.seen < this.pool.heartbeat.stale_after_ms;
  }

  // Beats until the server ends; `changed` is told after each beat.
  async watch(changed) {
    await this.beat();
    changed();
    setTimeout(() => this.watch(changed), this.pool.heartbeat.interval_ms).unref();
  }

  async beat() {
    try {
      await this.get("/health");
      const props = await this.get("/props");
      this.slots = this.pool.slots ? Math.min(this.pool.slots, props.total_slots) : props.total_slots;
      const ctx = props.default_generation_settings.n_ctx;
      this.ctx = this.pool.ctx ? Math.min(this.pool.ctx, ctx) : ctx;
      this.version = props.build_info || "unknown";
      this.seen = performance.now();
      this.healthy = true;
    } catch {
      this.healthy = false;
    }
  }

  get(path) {
    return new Promise((resolve, reject) => {
      const options = { headers: this.headers, agent: false, timeout: ASK_MS };
      const request = http.get(this.url + path, options, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`));
          try {
            return resolve(JSON.parse(Buffer.concat(parts)));
          } catch (error) {
            return reject(error);
          }
        });
      });
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", reject);
    });
  }

  // OC-ADAPT-5083: after a cancel the slot is free once the engine shows it idle, or after one second.
  async untilIdle() {
    const end = performance.now() + IDLE_LIMIT_MS;
    while (performance.now() < end) {
      try {
        const busy = (await this.get("/slots")).filter((slot) => slot.is_processing).length;
        if (busy < this.leases) return;
      } catch {
        return; // whoever is gone works on nothing
      }
      await new Promise((resolve) => setTimeout(resolve, IDLE_POLL_MS));
    }
  }

  // Gives a function that breaks it off. `on.piece(text, tokens)`, then one of `on.done({reason, tokens, prompt})`
  // and `on.failed(kind, status)` with the kinds gone, busy, refused, failed.
  complete(body, on) {
    const attempt = { over: false };
    const once = (call) => (...values) => {
      if (attempt.over) return;
      attempt.over = true;
      clearTimeout(patience);
      request.destroy();
      call(...values);
    };
    const failed = once(on.failed);
    const done = once(on.done);
    const request = this.post(this.url, body, (response) => {
      clearTimeout(patience);
      const { statusCode: status } = response;
      if (broken("redirects-followed") && status >= 300 && status < 400) {
        const follow = (other) => read(other, on.piece, done, failed);
        return this.post(response.headers.location, body, follow, failed);
      }
      if (status !== 200) {
        const refused = status >= 400 && status < 500 && status !== 424;
        return failed(BUSY.includes(status) ? "busy" : refused ? "refused" : "failed", status);
      }
      return read(response, (...piece) => attempt.over || on.piece(...piece), done, failed);
    }, failed);
    const unconnected = () => request.socket?.connecting !== false && failed("gone");
    const patience = setTimeout(unconnected, this.pool.timeouts.connect_ms);
    return once(() => {});
  }

  post(url, body, answered, failed) {
    const data = JSON.stringify(body);
    const own = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(data) };
    const headers = { ...this.headers, ...own };
    const target = new URL("/completion", url);
    const request = http.request(target, { method: "POST", headers, agent: false }, answered);
    request.on("error", () => failed("gone"));
    request.end(data);
    return request;
  }
}

function read(response, piece, done, failed) {
  let rest = Buffer.alloc(0);
  response.on("data", (part) => {
    rest = Buffer.concat([rest, part]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end).toString().replace(/\r$/, "");
      rest = rest.subarray(end + 1);
      item(line, piece, done, failed);
    }
  });
  response.on("error", () => failed("gone"));
  response.on("close", () => failed("gone"));
}

function item(line, piece, done, failed) {
  if (line.startsWith("error:")) return failed("failed");
  if (!line.startsWith("data:") || line.slice(5).trim() === "[DONE]") return undefined;
  let data;
  try {
    data = JSON.parse(line.slice(5));
  } catch {
    return failed("failed");
  }
  if (typeof data?.content !== "string") return failed("failed");
  if (!data.stop) return piece(data.content, data.tokens_predicted);
  if (data.content) piece(data.content, data.tokens_predicted);
  return done({
    reason: data.stop_type === "limit" ? "length" : "stop",
    tokens: data.tokens_predicted,
    prompt: data.tokens_evaluated,
  });
}
