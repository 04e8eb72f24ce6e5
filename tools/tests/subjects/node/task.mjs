// A task and its events: kept within a bound, numbered without a gap, and read by any number of readers.

import { Refusal } from "./errors.mjs";

const HIGH_WATER = 2048; // bytes that may wait here for one reader, beside what the system takes

export class Task {
  constructor(fields, streams) {
    Object.assign(this, fields);
    this.streams = streams;
    this.frames = []; // those that are kept; the first is number `base`
    this.base = 0;
    this.bytes = 0;
    this.readers = new Set();
    this.state = "queued";
    this.readToEnd = false;
  }

  get next() {
    return this.base + this.frames.length;
  }

  get over() {
    return this.state === "over";
  }

  emit(event, data) {
    const frame = `id: ${this.next}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.frames.push(frame);
    this.bytes += Buffer.byteLength(frame);
    if (event === "end" || event === "error") this.state = "over";
    while (this.bytes > this.streams.max_bytes && this.frames.length > 1) {
      this.bytes -= Buffer.byteLength(this.frames.shift());
      this.base += 1;
    }
    for (const reader of this.readers) reader.pump();
  }

  // The number of the event that a reader gets first; null when it has them all. Raises a Refusal.
  firstFor(lastId) {
    if (lastId !== undefined && !/^(0|[1-9][0-9]{0,14})$/.test(lastId)) throw badId("is no event's number");
    const first = lastId === undefined ? 0 : Number(lastId) + 1;
    if (first > this.next) throw badId("lies in the future");
    if (first < this.base) {
      throw new Refusal("EVENTS_GONE", `the first event that is kept is ${this.base}`);
    }
    return this.over && first === this.next ? null : first;
  }

  forget() {
    for (const reader of this.readers) reader.cut();
  }
}

const badId = (what) =>
  new Refusal("INVALID_PARAMS", `Last-Event-ID ${what}`, {
    details: [{ name: "Last-Event-ID", message: `it ${what}` }],
  });

export class Reader {
  constructor(task, first, response, left) {
    Object.assign(this, { task, response, left });
    this.at = first;
    task.readers.add(this);
    response.on("close", () => this.leave());
    this.quiet();
    this.pump();
  }

  pump() {
    const { task, response } = this;
    if (this.gone) return;
    if (this.at < task.base) return this.cut();
    while (this.at < task.next && response.writableLength < HIGH_WATER) {
      // Node tells of room by `drain` above a mark of its own only, so each part tells when it has gone.
      response.write(task.frames[this.at - task.base], () => this.pump());
      this.at += 1;
      this.quiet();
    }
    if (task.over && this.at === task.next) {
      task.readToEnd = true;
      this.leave();
      response.end();
    }
  }

  // OC-CTRL-2026: a comment after each time of silence.
  quiet() {
    clearTimeout(this.timer);
    const { keepalive_ms: after } = this.task.streams;
    this.timer = setTimeout(() => {
      if (this.response.writableLength === 0) this.response.write(":\n\n");
      this.quiet();
    }, after);
  }

  // OC-CTRL-2019: amid the answer, so that the reader comes back.
  cut() {
    this.leave();
    this.response.destroy();
  }

  leave() {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.timer);
    this.task.readers.delete(this);
    this.left();
  }
}
