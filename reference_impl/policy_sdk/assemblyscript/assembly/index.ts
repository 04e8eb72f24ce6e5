/**
 * Policies for OrchQueue: the ABI 1.0 of policy modules, snapshots with types, decisions that carry the correlation id.
 *
 * A policy exports `oq_abi_version` and `oq_alloc` from here as they are, its own version, and its hooks:
 *
 *     export { oq_abi_version, oq_alloc } from "./index";
 *     export function oq_policy_version(): i64 { return version("1.0.0"); }
 *     export function oq_admit(at: i32, length: i32): i64 { return decided(at, length, onAdmit); }
 *
 * Nothing is imported; see `grants` for what may be.
 */
import { Json, quoted } from "./json";

export { Json } from "./json";

export const ABI_MAJOR: i32 = 1;
export const ABI_MINOR: i32 = 0;
export const TOOL_ABI_MAJOR: i32 = 1;
export const TOOL_ABI_MINOR: i32 = 0;
const LONGEST_REASON = 256;
const MOST_REDACTED = 64;
const LONGEST_REDACTED = 256;

/** The task that is to be admitted. */
export class Task {
  constructor(private json: Json) {}

  get taskId(): string { return this.json.member("task_id").text(); }
  get sessionId(): string { return this.json.member("session_id").text(); }
  get workload(): string { return this.json.member("workload").text(); }
  get modelRef(): string { return this.json.member("model_ref").text(); }
  get engine(): string { return this.json.member("engine").text(); }
  get priority(): string { return this.json.member("priority").text(); }
  get deadlineMs(): f64 { return this.json.member("deadline_ms").number(); }
  get tokensIn(): f64 { return this.json.member("tokens_in").number(); }
  get maxTokens(): f64 { return this.json.member("max_tokens").number(); }
}

/** What a tool would send. */
export class Request {
  constructor(private json: Json) {}

  get method(): string { return this.json.member("method").text(); }
  get url(): string { return this.json.member("url").text(); }
  get host(): string { return this.json.member("host").text(); }
  get type(): string { return this.json.member("type").text(); }
  get body(): string { return this.json.member("body").text(); }
}

/** What a tool would get. */
export class Response {
  constructor(private json: Json) {}

  get status(): f64 { return this.json.member("status").number(); }
  get type(): string { return this.json.member("type").text(); }
  get body(): string { return this.json.member("body").text(); }
}

/** What a decision rests on, and nothing else does. */
export class Snapshot {
  constructor(public json: Json) {}

  get correlationId(): string { return this.json.member("correlation_id").text(); }
  get nowMs(): f64 { return this.json.member("now_ms").number(); }
  get tenant(): string { return this.json.member("tenant").text(); }
  get keyId(): string { return this.json.member("key_id").text(); }
  get task(): Task { return new Task(this.json.member("task")); }
  get tool(): string { return this.json.member("tool").text(); }
  get request(): Request { return new Request(this.json.member("request")); }
  get response(): Response { return new Response(this.json.member("response")); }
}

/** What a hook answers. */
export class Decision {
  private redactions: string[] = [];

  private constructor(private denied: bool, private reason: string, private priority: string) {}

  static allow(): Decision { return new Decision(false, "", ""); }

  /** Deny it, and say why. */
  static deny(reason: string): Decision { return new Decision(true, reason.substring(0, LONGEST_REASON), ""); }

  /** Allow a task with another priority: "interactive" or "batch". */
  static allowAs(priority: string): Decision { return new Decision(false, "", priority); }

  /** Have a text taken out of the body; false when there is no room for it. */
  redact(text: string): bool {
    if (text.length == 0 || text.length > LONGEST_REDACTED || this.redactions.length == MOST_REDACTED) return false;
    this.redactions.push(text);
    return true;
  }

  /** A hook on redaction: have every run of letters, digits, `-` and `_` taken out that begins with `prefix`. */
  redactWords(body: string, prefix: string): void {
    let at = prefix.length == 0 ? -1 : body.indexOf(prefix);
    while (at >= 0) {
      let end = at;
      while (end < body.length && isWord(body.charCodeAt(end))) end++;
      if (end == at) end += prefix.length;
      this.redact(body.substring(at, end));
      at = body.indexOf(prefix, end);
    }
  }

  /** The decision as the ABI has it, with the correlation id of its snapshot. */
  toJson(correlationId: string): string {
    let out = this.denied ? '{"decision":"deny","reason":' + quoted(this.reason) : '{"decision":"allow"';
    if (this.priority.length > 0) out += ',"priority":' + quoted(this.priority);
    for (let i = 0; i < this.redactions.length; i++) {
      out += (i == 0 ? ',"redact":[' : ",") + quoted(this.redactions[i]);
    }
    if (this.redactions.length > 0) out += "]";
    return out + ',"correlation_id":' + quoted(correlationId) + "}";
  }
}

function isWord(code: i32): bool {
  return (
    code == 0x2d || code == 0x5f || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  );
}

export function oq_abi_version(): i32 { return (ABI_MAJOR << 16) | ABI_MINOR; }

export function oq_tool_abi_version(): i32 { return (TOOL_ABI_MAJOR << 16) | TOOL_ABI_MINOR; }

export function oq_alloc(size: i32): i32 { return i32(heap.alloc(max(size, 1))); }

/** The version of a policy, for `oq_policy_version`. */
export function version(text: string): i64 { return packed(text); }

/** Ask a hook about a snapshot, for the functions of the ABI. */
export function decided(at: i32, length: i32, hook: (snapshot: Snapshot) => Decision): i64 {
  const snapshot = new Snapshot(Json.of(String.UTF8.decodeUnsafe(usize(at), usize(length))));
  return packed(hook(snapshot).toJson(snapshot.correlationId));
}

function packed(text: string): i64 {
  const bytes = String.UTF8.encode(text);
  return (i64(changetype<usize>(bytes)) << 32) | i64(bytes.byteLength);
}

/** Stands in for the `abort` that AssemblyScript would import: a policy that fails traps. */
export function failed(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}
