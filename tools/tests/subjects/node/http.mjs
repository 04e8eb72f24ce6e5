// The front: routes, keys, correlation ids, limits, and the envelope for whatever goes wrong.

import { createHash, randomUUID } from "node:crypto";
import http from "node:http";
import { broken } from "./defects.mjs";
import { Refusal } from "./errors.mjs";
import { log } from "./log.mjs";
import { check, isUuid } from "./requests.mjs";
import { parse } from "./strict_json.mjs";
import { Reader } from "./task.mjs";

const CORRELATION = /^[!-~]{1,128}$/;
const CHECK_MS = 20;
const DISCARD_BYTES = 16 << 20;
const DISCARD_MS = 2000;
const ENGINE_ROUTE = "/props";

const ROUTES = [
  { path: /^\/v1\/tasks$/, method: "POST", scope: "data", serve: "createTask" },
  { path: /^\/v1\/tasks\/([^/]+)\/stream$/, method: "GET", scope: "data", serve: "streamTask" },
  { path: /^\/v1\/tasks\/([^/]+)\/cancel$/, method: "POST", scope: "data", serve: "cancelTask" },
  { path: /^\/v1\/capabilities$/, method: "GET", scope: "control", serve: "getCapabilities" },
  { path: /^\/metrics$/, method: "GET", serve: "getMetrics" },
];

export function listen(config, orchestrator) {
  const front = new Front(config, orchestrator);
  const { limits, host, port } = config.server;
  const server = http.createServer(
    {
      maxHeaderSize: limits.header_bytes,
      headersTimeout: limits.header_timeout_ms,
      requestTimeout: 0,
      keepAliveTimeout: limits.idle_timeout_ms,
      connectionsCheckingInterval: CHECK_MS,
      requireHostHeader: false,
    },
    (request, response) => front.answer(request, response),
  );
  server.on("checkExpectation", (request, response) => front.answer(request, response));
  server.on("clientError", (error, socket) => front.unreadable(error, socket));
  server.on("connection", (socket) => front.connected(socket, server));
  server.listen(port, host);
  server.shut = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), DISCARD_MS).unref();
    });
  return server;
}

class Front {
  constructor(config, orchestrator) {
    this.limits = config.server.limits;
    this.keys = new Map(config.keys.map((key) => [key.sha256, key]));
    this.orchestrator = orchestrator;
    this.streams = new Map();
    this.connections = new Set();
  }

  async answer(request, response) {
    const correlation = correlationOf(request);
    response.setHeader("X-Correlation-Id", correlation);
    request.on("error", () => {});
    request.socket.busy = true;
    clearTimeout(request.socket.idle);
    response.on("close", () => this.rests(request.socket));
    this.watchReader(response, request.socket);
    let who;
    try {
      const { route, id } = this.route(request);
      if (route.scope) who = this.caller(request, route.scope);
      await this[route.serve](request, response, { id, who, correlation });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("INTERNAL", "the server failed");
      if (refusal !== error) log("error", "server.failed", { correlation_id: correlation, told: `${error.stack}` });
      this.refuse(request, response, refusal, correlation, who);
    }
  }

  // The order of judgement: route, then key, then scope. OC-CTRL-2010
  route(request) {
    const path = request.url.split("?")[0];
    if (broken("engine-route-served") && path === ENGINE_ROUTE) {
      return { route: { serve: "getEngineProps" } };
    }
    const found = ROUTES.filter((route) => route.path.test(path));
    if (!found.length) throw new Refusal("NOT_FOUND", "there is nothing at this path");
    const route = found.find((each) => each.method === request.method);
    if (!route) {
      const headers = { Allow: found.map((each) => each.method).join(", ") };
      if (broken("allow-left-out")) delete headers.Allow;
      throw new Refusal("METHOD_NOT_ALLOWED", "the path has other methods", { headers });
    }
    const hosts = valuesOf(request, "host");
    if (hosts.length > 1 || (hosts.length === 0 && request.httpVersion !== "1.0")) {
      throw new Refusal("INVALID_PARAMS", "a request names one host", {
        details: [{ name: "Host", message: "it has to stand there once" }],
      });
    }
    return { route, id: route.path.exec(path)[1] };
  }

  caller(request, scope) {
    const [given] = valuesOf(request, "x-api-key");
    if (given === undefined) {
      const headers = { "WWW-Authenticate": 'ApiKey realm="orchqueue"' };
      throw new Refusal("UNAUTHENTICATED", "the request has no key", { headers });
    }
    const key = this.keys.get(createHash("sha256").update(given, "latin1").digest("hex"));
    if (!key) throw new Refusal("FORBIDDEN", "the key is unknown");
    const expired = key.not_after !== undefined && Date.parse(key.not_after) <= Date.now();
    if (expired && !broken("expired-keys-taken")) throw new Refusal("FORBIDDEN", "the key has expired");
    if (!key.scopes.includes(scope)) throw new Refusal("FORBIDDEN", `the key has not the scope ${scope}`);
    return key;
  }

  refuse(request, response, refusal, correlation, who) {
    if (response.headersSent) return response.destroy();
    const engine = refusal.more.engine ?? "none";
    if (ROUTES[0].path.test(request.url)) {
      this.orchestrator.refused(refusal, engine);
      const about = { key_id: who?.id, tenant_id: who?.tenant, pool_id: refusal.more.pool_id };
      log("info", "task.refused", { correlation_id: correlation, code: refusal.code, engine, ...about });
    }
    for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
    if (!request.complete) response.setHeader("Connection", "close");
    return this.send(request, response, refusal.status, JSON.stringify(refusal.envelope(correlation)));
  }

  // What is still on its way is read and dropped first, within bounds: closing on it would reset the answer.
  send(request, response, status, text, type = "application/json") {
    const body = Buffer.from(text);
    response.writeHead(status, { "Content-Type": type, "Content-Length": body.length });
    if (request.complete || request.method === "HEAD") return response.end(body);
    response.write(body);
    let dropped = 0;
    const end = () => response.end();
    const late = setTimeout(end, DISCARD_MS);
    request.on("data", (part) => (dropped += part.length) > DISCARD_BYTES && end());
    request.on("end", end);
    request.resume();
    return response.on("close", () => clearTimeout(late));
  }

  async createTask(request, response, { who, correlation }) {
    const body = check(parse(await this.body(request)));
    const answer = this.orchestrator.admit(body, who, correlation);
    this.send(request, response, 202, JSON.stringify(answer));
  }

  body(request) {
    const { body_bytes: most, header_timeout_ms: pause, body_timeout_ms: whole } = this.limits;
    const tooLarge = () => new Refusal("PAYLOAD_TOO_LARGE", `a body has ${most} bytes at most`);
    const [type = ""] = (request.headers["content-type"] ?? "").toLowerCase().split(";");
    const wrongType = type.trim() !== "application/json";
    const size = Number(request.headers["content-length"] ?? 0) > most;
    const other = () => new Refusal("UNSUPPORTED_MEDIA_TYPE", "the body has to be application/json");
    if (broken("type-before-size") && wrongType) throw other();
    if (size) throw tooLarge();
    if (wrongType && request.headers["transfer-encoding"] === undefined) throw other();
    if ((request.headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") throw other();
    return new Promise((resolve, reject) => {
      const parts = [];
      let length = 0;
      const late = () => reject(new Refusal("REQUEST_TIMEOUT", "the body did not come in time"));
      const end = setTimeout(late, whole);
      let next = setTimeout(late, pause);
      const settle = (call, value) => {
        clearTimeout(end);
        clearTimeout(next);
        call(value);
      };
      request.on("data", (part) => {
        clearTimeout(next);
        next = setTimeout(late, pause);
        length += part.length;
        if (length > most) return settle(reject, tooLarge());
        return parts.push(part);
      });
      request.on("end", () => settle(...(wrongType ? [reject, other()] : [resolve, Buffer.concat(parts)])));
      request.on("close", () => settle(reject, new Refusal("INVALID_PARAMS", "the body was cut short")));
    });
  }

  streamTask(request, response, { id, who }) {
    const task = this.find(id, who);
    const first = task.firstFor(valuesOf(request, "last-event-id")[0]);
    if (first === null) return response.writeHead(204).end();
    const open = this.streams.get(who.id) ?? 0;
    if (open >= this.limits.streams_per_key) {
      throw new Refusal("QUOTA_EXCEEDED", "the key has as many streams open as it may", { policy_label: "quota" });
    }
    this.streams.set(who.id, open + 1);
    if (broken("chunks-for-http-1.0")) response.useChunkedEncodingByDefault = true;
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.flushHeaders();
    return new Reader(task, first, response, () => {
      this.streams.set(who.id, this.streams.get(who.id) - 1);
      const alone = task.readers.size === 0 && !task.over;
      if (alone && task.pool.cancel_on_disconnect) task.run.cancel("disconnect");
    });
  }

  cancelTask(request, response, { id, who }) {
    const outcome = this.find(id, who).run.cancel();
    response.writeHead(204, { "X-Cancel-Outcome": outcome }).end();
  }

  getCapabilities(request, response) {
    this.send(request, response, 200, JSON.stringify(this.orchestrator.capabilities()));
  }

  getMetrics(request, response) {
    const open = (request.headers.accept ?? "").includes("application/openmetrics-text");
    const format = open ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4";
    const text = this.orchestrator.metrics.text(this.orchestrator.gauges(), open);
    this.send(request, response, 200, text, `${format}; charset=utf-8`);
  }

  async getEngineProps(request, response) {
    const props = await this.orchestrator.pools[0].workers[0].get(ENGINE_ROUTE);
    this.send(request, response, 200, JSON.stringify(props));
  }

  find(id, who) {
    if (!isUuid(id)) throw new Refusal("NOT_FOUND", "there is no such task");
    return this.orchestrator.find(id, who);
  }

  // What the parser cannot read is a bare 400; headers that are too large or too late get the envelope.
  unreadable(error, socket) {
    const known = {
      HPE_HEADER_OVERFLOW: new Refusal("HEADERS_TOO_LARGE", `headers have ${this.limits.header_bytes} bytes at most`),
      ERR_HTTP_REQUEST_TIMEOUT: new Refusal("REQUEST_TIMEOUT", "the headers did not come in time"),
    }[error.code];
    if (!socket.writable) return socket.destroy();
    const lines = [`HTTP/1.1 ${known?.status ?? 400} ${http.STATUS_CODES[known?.status ?? 400]}`, "Connection: close"];
    let body = "";
    if (known) {
      const correlation = randomUUID();
      body = JSON.stringify(known.envelope(correlation));
      lines.push(`X-Correlation-Id: ${correlation}`, "Content-Type: application/json");
    }
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`, "", body);
    socket.end(lines.join("\r\n"));
    socket.resume();
    return setTimeout(() => socket.destroy(), known ? DISCARD_MS : 0);
  }

  // OC-CTRL-2047: of too many connections the one that has waited longest gives way.
  connected(socket, server) {
    this.connections.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(socket.idle);
      this.connections.delete(socket);
    });
    if (this.connections.size <= this.limits.connections) return;
    const idle = [...this.connections].find((each) => !each.busy) ?? socket;
    this.connections.delete(idle);
    idle.destroy();
  }

  // Whatever comes meanwhile, the next request has to begin within its time.
  rests(socket) {
    socket.busy = false;
    socket.idle = setTimeout(() => socket.destroy(), this.limits.idle_timeout_ms).unref();
  }

  // Closes on a client that leaves unread what it asked for.
  watchReader(response, socket) {
    const { stall_timeout_ms: patience } = this.limits;
    let written = socket.bytesWritten - socket.writableLength;
    let since = performance.now();
    const look = setInterval(() => {
      const now = socket.bytesWritten - socket.writableLength;
      if (now !== written || socket.writableLength === 0) [written, since] = [now, performance.now()];
      else if (performance.now() - since > patience) socket.destroy();
    }, Math.max(10, patience / 4));
    response.on("close", () => clearInterval(look));
  }
}

const valuesOf = (request, name) =>
  request.rawHeaders.filter((_, at) => at % 2 === 1 && request.rawHeaders[at - 1].toLowerCase() === name);

function correlationOf(request) {
  const given = valuesOf(request, "x-correlation-id");
  return given.length === 1 && CORRELATION.test(given[0]) ? given[0] : randomUUID();
}
