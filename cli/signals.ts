// SIGINT and SIGTERM of a long-running command: the first asks for a clean stop, the second for a quick one, the third ends it.

// `npm start` in a terminal gives one Ctrl-C twice: by the terminal and, a moment later, by npm.
const SAME_SIGNAL_MS = 150;
// A quick stop that is not quick is no use.
const HURRY_MS = 5_000;

export interface StopSignals {
  /** Resolves at the first signal. */
  stop: Promise<void>;
  /** Aborted at the second; some seconds later, or at the third, the process ends with 1 whatever it is doing. */
  hurry: AbortSignal;
}

/** From here on signals no longer end the process by themselves. */
export function watchSignals(): StopSignals {
  const hurry = new AbortController();
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  const stop = new Promise<void>(resolve => {
    const receive = () => {
      const now = performance.now();
      if (now - last < SAME_SIGNAL_MS) return;
      last = now;
      count += 1;
      resolve();
      if (count === 2) hurry.abort();
      if (count === 2) setTimeout(() => process.exit(1), HURRY_MS).unref();
      if (count === 3) process.exit(1);
    };
    process.on('SIGINT', receive);
    process.on('SIGTERM', receive);
  });
  return { stop, hurry: hurry.signal };
}
