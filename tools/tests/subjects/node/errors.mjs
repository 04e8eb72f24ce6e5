// The closed table of error codes: status, and whether trying again helps.

const TABLE = {
  INVALID_PARAMS: [400, false],
  DEADLINE_UNMET: [400, false],
  UNAUTHENTICATED: [401, false],
  FORBIDDEN: [403, false],
  NOT_FOUND: [404, false],
  METHOD_NOT_ALLOWED: [405, false],
  REQUEST_TIMEOUT: [408, true],
  EVENTS_GONE: [410, false],
  PAYLOAD_TOO_LARGE: [413, false],
  UNSUPPORTED_MEDIA_TYPE: [415, false],
  HEADERS_TOO_LARGE: [431, false],
  TASK_CONFLICT: [409, false],
  ADMISSION_REJECT: [429, true],
  QUEUE_FULL_DROP_LRU: [429, true],
  QUOTA_EXCEEDED: [429, true],
  POOL_UNREADY: [503, true],
  POOL_UNAVAILABLE: [503, true],
  REPLICA_EXHAUSTED: [503, true],
  DECODE_TIMEOUT: [500, true],
  WORKER_RESET: [500, true],
  INTERNAL: [500, false],
};

export class Refusal extends Error {
  // `more` holds members of the envelope, and as `headers` those of the response.
  constructor(code, message, { headers = {}, ...more } = {}) {
    super(message);
    this.code = code;
    [this.status, this.retriable] = TABLE[code];
    const advised = this.status === 429 || (this.status === 503 && this.retriable);
    if (advised) more.retry_after_ms ??= 1000;
    this.more = more;
    this.headers = { ...headers };
    if (advised) {
      this.headers["Retry-After"] = Math.max(1, Math.ceil(more.retry_after_ms / 1000));
      this.headers["X-Backoff-Ms"] = more.retry_after_ms;
    }
  }

  envelope(correlation) {
    const { code, message, retriable, more } = this;
    return { code, message, retriable, ...more, correlation_id: correlation };
  }
}

export const invalid = (pointer, message, more = {}) =>
  new Refusal("INVALID_PARAMS", message, { details: [{ pointer, message }], ...more });
