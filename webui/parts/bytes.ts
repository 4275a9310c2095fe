// Sizes of files in words. Pure.

const STEPS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** A size as a person says it: `812 bytes`, `3.2 kB`, `41 MB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = STEPS.find(([, least]) => bytes >= least) ?? [bytes === 1 ? 'byte' : 'bytes', 1];
  const count = bytes / size;
  return `${size > 1 && count < 9.95 ? count.toFixed(1) : Math.round(count)} ${unit}`;
}
