// JSON as the contract reads it: no duplicate keys, no number that JSON cannot hold, bounded depth. What is
// wrong is told with the JSON pointer of the offender.

import { broken } from "./defects.mjs";
import { invalid } from "./errors.mjs";

const DEPTH = 32;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const BLANK = /[ \t\n\r]*/y;
const WORDS = { true: true, false: false, null: null };

export function parse(bytes) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid("", "the body is not UTF-8");
  }
  const reader = new Reader(text);
  const value = reader.value("", 0);
  reader.blank();
  if (reader.at < text.length) throw invalid("", "the body is no JSON: something follows its end");
  return value;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  blank() {
    this.match(BLANK);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  take(character) {
    this.blank();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  fail(pointer) {
    return invalid(pointer, `the body is no JSON at character ${this.at}`);
  }

  value(pointer, depth) {
    this.blank();
    const first = this.text[this.at];
    if ((first === "{" || first === "[") && depth >= DEPTH) {
      throw invalid("", `the body has more than ${DEPTH} levels`);
    }
    if (first === "{") return this.object(pointer, depth + 1);
    if (first === "[") return this.array(pointer, depth + 1);
    if (first === '"') return this.string(pointer);
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number(pointer);
  }

  object(pointer, depth) {
    const found = Object.create(null);
    this.at += 1;
    if (this.take("}")) return found;
    do {
      this.blank();
      const key = this.string(pointer);
      const below = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (key in found && !broken("duplicate-keys-taken")) throw invalid(below, "the key stands twice");
      if (!this.take(":")) throw this.fail(pointer);
      found[key] = this.value(below, depth);
    } while (this.take(","));
    if (!this.take("}")) throw this.fail(pointer);
    return found;
  }

  array(pointer, depth) {
    const found = [];
    this.at += 1;
    if (this.take("]")) return found;
    do found.push(this.value(`${pointer}/${found.length}`, depth));
    while (this.take(","));
    if (!this.take("]")) throw this.fail(pointer);
    return found;
  }

  string(pointer) {
    const found = this.match(STRING);
    if (found === undefined) throw this.fail(pointer);
    return JSON.parse(found);
  }

  number(pointer) {
    const found = this.match(NUMBER);
    if (found === undefined) throw this.fail(pointer);
    const value = Number(found);
    if (!Number.isFinite(value) || (/^-?[0-9]+$/.test(found) && !Number.isSafeInteger(value))) {
      throw invalid(pointer, "the number is beyond 2^53-1");
    }
    return value;
  }
}
