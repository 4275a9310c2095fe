// A world in which time is a number and chance is a seed: what happens next is the earliest event of a queue, and all that
// follows from it happens before the one after. The same seed gives the same world, event by event.
import { setImmediate } from 'node:timers';
import type { Time } from '../../queue/pace/time.ts';

export type Random = () => number;

/** A stream of numbers from 0 to below 1 (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface WorldEvent {
  at: number;
  /** Among events of one moment the first scheduled comes first. */
  order: number;
  off: boolean;
  happen: () => void;
}

export class World {
  now = 0;
  readonly #events: WorldEvent[] = [];
  #made = 0;

  /** Lets something happen in `ms`, at the earliest in the next millisecond. Setting `off` calls it off. */
  at(ms: number, happen: () => void): { off: boolean } {
    const event = { at: this.now + Math.max(1, Math.ceil(ms)), order: this.#made++, off: false, happen };
    push(this.#events, event);
    return event;
  }

  /** Lets time pass until `done`, at most until the moment `end`; false when that came first. */
  async run(done: () => boolean, end: number): Promise<boolean> {
    await settled();
    while (!done()) {
      const next = pop(this.#events);
      if (!next || next.at > end) return false;
      if (next.off) continue;
      this.now = next.at;
      next.happen();
      for (let same = this.#events[0]; same?.at === this.now; same = this.#events[0]) {
        pop(this.#events);
        if (!same.off) same.happen();
      }
      await settled();
    }
    return true;
  }
}

/** Resolves once no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

function before(a: WorldEvent, b: WorldEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap: the earliest event is the first. */
function push(heap: WorldEvent[], event: WorldEvent): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (before(heap[parent]!, event)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: WorldEvent[]): WorldEvent | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left;
    if (before(last, heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}

/** A process of that world: its clock starts anywhere, and it can be frozen and killed. */
export class Host implements Time {
  readonly #world: World;
  readonly #random: Random;
  readonly #startedAt: number;
  #frozenUntil = 0;
  dead = false;
  /** How often it was frozen. */
  freezes = 0;
  /** Something of its requests was lost, late or doubled. */
  wronged = false;
  /** How many tasks it may run at once. */
  readonly capacity: number;

  constructor(world: World, random: Random, capacity: number) {
    this.capacity = capacity;
    this.#world = world;
    this.#random = random;
    this.#startedAt = Math.floor(random() * 1_000_000) - world.now;
  }

  now(): number {
    return this.#world.now + this.#startedAt;
  }

  wall(): number {
    return this.#world.now;
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, ring: () => void): () => void {
    const alarm = this.#world.at(ms, () => {
      this.receive(() => {
        if (!alarm.off) ring();
      });
    });
    return () => {
      alarm.off = true;
    };
  }

  /** Something reaches it: at once, when it thaws, or never. */
  receive(happen: () => void): void {
    if (this.dead) return;
    const left = this.#frozenUntil - this.#world.now;
    if (left > 0) this.#world.at(left, () => this.receive(happen));
    else happen();
  }

  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.now + ms);
    this.freezes++;
  }

  kill(): void {
    this.dead = true;
  }
}
