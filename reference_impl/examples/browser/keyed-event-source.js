/**
 * A browser's EventSource over fetch, so that a request can carry headers such as `X-API-Key`, which the
 * built-in one cannot. It parses and reconnects by the WHATWG's rules (HTML, section "Server-sent events").
 *
 *     import { KeyedEventSource } from "./keyed-event-source.js";
 *
 *     const source = new KeyedEventSource(`/v1/tasks/${taskId}/stream`, { headers: { "X-API-Key": key } });
 *     source.addEventListener("token", (event) => out.append(JSON.parse(event.data).t));
 *     source.addEventListener("end", (event) => console.log(JSON.parse(event.data).finish_reason));
 *     source.addEventListener("error", async (event) => {
 *       if (event instanceof MessageEvent) console.log("the task failed:", JSON.parse(event.data).code);
 *       else if (source.readyState === KeyedEventSource.CONNECTING) console.log("lost, connecting again");
 *       else if (event.response.status !== 204) console.log("refused:", (await event.response.json()).code);
 *     });
 *
 * Note the two kinds of `error`: the stream's last event when a task fails, which is a MessageEvent, and the
 * source's own. After a task's last event the server closes; the source asks once more with `Last-Event-ID`, is
 * answered 204 and stays closed. A page that needs no such round calls `close()` at the last event.
 */

const LONGEST_PAUSE_MS = 30_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1; // more than this and a browser's timer fires at once

/** The source's own `error`. `response` is what it was refused with, null where the connection was lost. */
export class SourceErrorEvent extends Event {
  constructor(response) {
    super("error");
    this.response = response;
  }
}

/** As EventSource; `headers` go with every request. */
export class KeyedEventSource extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;

  #request;
  #retryMs;
  #state = KeyedEventSource.CONNECTING;
  #lastEventId;
  #aborter = new AbortController();

  /**
   * Connects at once. `lastEventId` resumes after an event that was seen earlier, on another page say;
   * `retryMs` is the pause before connecting again, until the stream says another.
   */
  constructor(url, { headers = {}, lastEventId = "", retryMs = 3000 } = {}) {
    super();
    // Made here, so that a URL or header that cannot be sent is the caller's error and not a lost connection.
    this.#request = new Request(url, { headers, cache: "no-store", signal: this.#aborter.signal });
    this.#request.headers.set("Accept", "text/event-stream");
    this.#retryMs = retryMs;
    this.#lastEventId = lastEventId;
    this.#run();
  }

  get url() {
    return this.#request.url;
  }

  get readyState() {
    return this.#state;
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  /** Leaves the stream for good. */
  close() {
    this.#state = KeyedEventSource.CLOSED;
    this.#aborter.abort();
  }

  async #run() {
    let failures = 0;
    // Listeners added after the constructor still hear of everything.
    await null;
    while (this.#state !== KeyedEventSource.CLOSED) {
      const response = await this.#fetch();
      if (response !== null && !isEventStream(response)) {
        this.#fail(response);
      } else if (this.#state !== KeyedEventSource.CLOSED) {
        failures = response === null ? failures + 1 : 0;
        if (response !== null) await this.#read(response);
        await this.#lose(failures);
      }
    }
  }

  /** Gives null where there was no response. */
  async #fetch() {
    const request = new Request(this.#request);
    if (this.#lastEventId !== "") request.headers.set("Last-Event-ID", asBytes(this.#lastEventId));
    try {
      return await fetch(request);
    } catch {
      return null;
    }
  }

  async #read(response) {
    this.#state = KeyedEventSource.OPEN;
    this.dispatchEvent(new Event("open"));
    const parser = new EventStreamParser(this.#lastEventId);
    const origin = new URL(response.url).origin;
    try {
      // The decoder takes a byte order mark away and makes U+FFFD of bytes that are not UTF-8.
      for await (const text of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
        for (const { type, data, lastEventId } of parser.feed(text)) {
          if (this.#state === KeyedEventSource.CLOSED) return;
          this.#lastEventId = lastEventId;
          if (data !== null) this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
        }
        this.#retryMs = parser.retryMs ?? this.#retryMs;
      }
    } catch {
      // Lost, or left by `close`: what it means is decided where the state is known.
    }
  }

  /** Tells of a lost connection and pauses, longer after each attempt that failed altogether. */
  async #lose(failures) {
    if (this.#state === KeyedEventSource.CLOSED) return;
    this.#state = KeyedEventSource.CONNECTING;
    this.dispatchEvent(new SourceErrorEvent(null));
    const grown = this.#retryMs * 2 ** Math.min(failures, 16);
    await pause(Math.max(this.#retryMs, Math.min(grown, LONGEST_PAUSE_MS)), this.#aborter.signal);
  }

  #fail(response) {
    this.#state = KeyedEventSource.CLOSED;
    this.dispatchEvent(new SourceErrorEvent(response));
  }
}

for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
  Object.defineProperty(KeyedEventSource.prototype, name, { value, enumerable: true });
}

for (const type of ["open", "message", "error"]) {
  const handlers = new WeakMap();
  Object.defineProperty(KeyedEventSource.prototype, `on${type}`, {
    get() {
      return handlers.get(this) ?? null;
    },
    set(handler) {
      this.removeEventListener(type, handlers.get(this));
      handlers.set(this, handler);
      if (handler) this.addEventListener(type, handler);
    },
  });
}

/** Text in, events out. Knows nothing of connections; a new one is needed for each, with the last event's id. */
export class EventStreamParser {
  /** The pause that the stream asked for last, in milliseconds; null while it asked for none. */
  retryMs = null;

  #unfinished = "";
  #afterCarriageReturn = false;
  #data = "";
  #type = "";
  #id;

  constructor(lastEventId = "") {
    this.#id = lastEventId;
  }

  /** Gives `{type, data, lastEventId}` for each block that the text completes; `data` null: there is no event. */
  feed(text) {
    if (text === "") return [];
    // A line feed that comes alone may be the rest of a line end whose first half came before.
    const fresh = this.#afterCarriageReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#afterCarriageReturn = text.endsWith("\r");
    const lines = fresh.split(/\r\n|\n|\r/);
    lines[0] = this.#unfinished + lines[0];
    this.#unfinished = lines.pop();
    return lines.map((line) => this.#line(line)).filter((event) => event !== undefined);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon); // a comment is a field without a name
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    this.#field(name, value);
    return undefined;
  }

  #field(name, value) {
    if (name === "data") this.#data += `${value}\n`;
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch() {
    const data = this.#data === "" ? null : this.#data.slice(0, -1);
    const event = { type: this.#type || "message", data, lastEventId: this.#id };
    this.#data = "";
    this.#type = "";
    return event;
  }
}

function isEventStream(response) {
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
  return response.status === 200 && type === "text/event-stream";
}

/** Header values are bytes, and the rules send an id as UTF-8. */
function asBytes(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener("abort", done);
  });
}
