// Chance that can be repeated: the same words give the same picture, on every machine.
import { createHash } from 'node:crypto';

export interface Random {
  /** A number in `[from, to)`. */
  between(from: number, to: number): number;
  /** A whole number in `[from, to]`. */
  int(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  shuffle<T>(list: readonly T[]): T[];
}

/** A stream of numbers that depends on `parts` alone. */
export function randomFrom(...parts: (string | number)[]): Random {
  const next = mulberry(createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE(0));
  const between = (from: number, to: number) => from + (to - from) * next();
  const int = (from: number, to: number) => Math.floor(between(from, to + 1));
  return {
    between,
    int,
    pick: list => list[int(0, list.length - 1)]!,
    chance: probability => next() < probability,
    shuffle: list => shuffled(list, int),
  };
}

function shuffled<T>(list: readonly T[], int: Random['int']): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = int(0, i);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

/** Mulberry32: one word of state, integer arithmetic only, so equal everywhere. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
