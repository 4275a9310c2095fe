// `callsheet server`: what `node server` runs.

/** Null once the server runs: it ends the process itself. Otherwise its exit code. */
export async function server(): Promise<0 | 1 | 2 | null> {
  await import('../../server/main.ts');
  return process.exitCode === undefined ? null : 2;
}
