// What a pool has learnt of its tasks: how long one will wait and take, and when refused clients shall come back.

const PRIOR_MS = 1000;
const ENOUGH = 4;
const WEIGHT = 0.2;
const LEAST_MS = 50;
const MOST_MS = 60000;
const JITTER = 0.2;

const blend = (old, value) => (old === undefined ? value : old + WEIGHT * (value - old));

export class Forecast {
  constructor() {
    this.tasks = 0;
    this.advised = [];
  }

  learn(first, perToken, whole) {
    this.tasks += 1;
    this.first = blend(this.first, first);
    if (perToken !== undefined) this.perToken = blend(this.perToken, perToken);
    this.whole = blend(this.whole, whole);
  }

  get known() {
    return this.tasks >= ENOUGH;
  }

  wait(ahead, slots) {
    return Math.ceil(((ahead + 1) / Math.max(1, slots)) * (this.known ? this.whole : PRIOR_MS));
  }

  service(tokens) {
    return this.known ? this.first + (this.perToken ?? 0) * tokens : PRIOR_MS;
  }

  // How likely it is that what should take `needed` is over within `left`; nothing is ruled out before
  // something was learnt.
  onTime(left, needed) {
    if (left <= 0) return 0;
    const ratio = (left / Math.max(needed, 0.001)) ** 4;
    const likely = Number.isFinite(ratio) ? ratio / (1 + ratio) : 1;
    return this.known ? likely : Math.max(likely, 0.01);
  }

  // OC-CTRL-2015: so that those who obey come back one by one, as fast as the pool drains.
  advice(slots) {
    const now = performance.now();
    this.advised = this.advised.filter((until) => until > now);
    const each = (this.known ? this.whole : PRIOR_MS) / Math.max(1, slots);
    const plain = Math.min(MOST_MS, Math.max(LEAST_MS, (1 + this.advised.length) * each));
    const told = Math.ceil(plain * (1 + JITTER * Math.random()));
    this.advised.push(now + told);
    return told;
  }
}
