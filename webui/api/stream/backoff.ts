// How long to wait before the next try to connect. Pure.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Milliseconds before try number `failures` + 1: 1, 2, 4 … 30 s, spread by ±20 % so that many pages do not return at once. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS);
  return Math.round(base * (0.8 + 0.4 * random()));
}
