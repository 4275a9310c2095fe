// Reads that may be a moment old, shared by everybody in this process who asks for the same.
import type { Queue } from './queue.ts';

interface Recalled {
  at: number;
  value: Promise<unknown>;
}
const recalled = new WeakMap<Queue, Map<string, Recalled>>();
// An order may have a thousand ids: 500 of them take some 50 MB.
const maxRecalled = 500;

/** Reads through what was read under the same key at most `maxAgeMs` ago; a read that fails is forgotten. */
export function recall(queue: Queue, maxAgeMs: number) {
  const known = recalled.get(queue) ?? new Map<string, Recalled>();
  recalled.set(queue, known);
  return <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const hit = known.get(key);
    if (hit && performance.now() - hit.at < maxAgeMs) return hit.value as Promise<T>;
    if (known.size >= maxRecalled) known.clear();
    const value = read();
    const mine = { at: performance.now(), value };
    known.set(key, mine);
    value.catch(() => {
      if (known.get(key) === mine) known.delete(key);
    });
    return value;
  };
}

/** Forgets what was read: somebody here has changed it. */
export function forgetRecalled(queue: Queue): void {
  recalled.delete(queue);
}
