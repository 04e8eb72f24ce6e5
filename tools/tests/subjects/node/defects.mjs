// What this server does wrong when it is told to: each name breaks one thing, where `broken(name)` is asked.

const DEFECTS = new Set([
  "ageing-forgotten",
  "allow-left-out",
  "cancel-claims-twice",
  "chunks-for-http-1.0",
  "duplicate-keys-taken",
  "engine-route-served",
  "expired-keys-taken",
  "redirects-followed",
  "seed-forgotten",
  "type-before-size",
]);
const chosen = new Set();

export function choose(names) {
  for (const name of names) {
    if (!DEFECTS.has(name)) throw new Error(`no defect ${name}; there are ${[...DEFECTS].join(", ")}`);
    chosen.add(name);
  }
}

export const broken = (name) => chosen.has(name);
