/** A value in a JSON text: where it stands, and what it holds. What is not there has no text and no members. */
export class Json {
  constructor(private source: string, private start: i32, private end: i32) {}

  static of(source: string): Json {
    const start = skip(source, 0, source.length);
    return new Json(source, start, valueEnd(source, start, source.length));
  }

  /** Whether it is there. */
  get exists(): bool {
    return this.start < this.end;
  }

  /** The value of a member of an object. */
  member(name: string): Json {
    const source = this.source, none = new Json(source, 0, 0);
    if (!this.exists || source.charCodeAt(this.start) != 0x7b) return none;
    let at = skip(source, this.start + 1, this.end);
    while (at < this.end && source.charCodeAt(at) == 0x22) {
      const key = new Json(source, at, stringEnd(source, at, this.end));
      const value = skip(source, key.end, this.end);
      at = valueEnd(source, value, this.end);
      if (key.text() == name) return new Json(source, value, at);
      at = skip(source, at, this.end);
    }
    return none;
  }

  /** The text of a string; empty for what is none. */
  text(): string {
    if (!this.exists || this.source.charCodeAt(this.start) != 0x22) return "";
    const inner = this.source.substring(this.start + 1, this.end - 1);
    return inner.indexOf("\\") < 0 ? inner : unescaped(inner);
  }

  /** The number; NaN for what is none. */
  number(): f64 {
    return this.exists ? parseFloat(this.source.substring(this.start, this.end)) : NaN;
  }

  /** Whether it is `true`. */
  flag(): bool {
    return this.source.substring(this.start, this.end) == "true";
  }
}

/** A text as a JSON string. */
export function quoted(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) out += "\\" + text.charAt(i);
    else if (code < 0x20) out += "\\u" + code.toString(16).padStart(4, "0");
    else out += text.charAt(i);
  }
  return out + '"';
}

function skip(source: string, at: i32, end: i32): i32 {
  while (at < end) {
    const code = source.charCodeAt(at);
    if (code > 0x20 && code != 0x2c && code != 0x3a) break;
    at++;
  }
  return at;
}

function stringEnd(source: string, at: i32, end: i32): i32 {
  for (at++; at < end && source.charCodeAt(at) != 0x22; at++) {
    if (source.charCodeAt(at) == 0x5c) at++;
  }
  return min(at + 1, end);
}

function valueEnd(source: string, at: i32, end: i32): i32 {
  let depth = 0;
  while (at < end) {
    const code = source.charCodeAt(at);
    if (code == 0x22) {
      at = stringEnd(source, at, end);
      if (depth == 0) return at;
      continue;
    }
    const opens = code == 0x7b || code == 0x5b, closes = code == 0x7d || code == 0x5d;
    if (depth == 0 && (closes || code == 0x2c || code <= 0x20)) return at;
    if (opens) depth++;
    if (closes && --depth == 0) return at + 1;
    at++;
  }
  return end;
}

function unescaped(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) != 0x5c) {
      out += text.charAt(i);
      continue;
    }
    const code = text.charCodeAt(++i);
    if (code == 0x75) {
      out += String.fromCharCode(i32(parseInt(text.substring(i + 1, i + 5), 16)));
      i += 4;
    } else if (code == 0x6e) out += "\n";
    else if (code == 0x74) out += "\t";
    else if (code == 0x72) out += "\r";
    else if (code == 0x62) out += "\b";
    else if (code == 0x66) out += "\f";
    else out += text.charAt(i);
  }
  return out;
}
