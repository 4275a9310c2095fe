// SIGINT and SIGTERM of a long-running command: the first asks for a clean stop, the second ends the process.

// `npm start` in a terminal gives one Ctrl-C twice: by the terminal and, a moment later, by npm.
const SAME_SIGNAL_MS = 150;

/** Resolves at the first SIGINT or SIGTERM; a second one exits with 1 at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let first: number | undefined;
    const receive = (signal: NodeJS.Signals) => {
      if (first !== undefined && performance.now() - first > SAME_SIGNAL_MS) process.exit(1);
      first ??= performance.now();
      resolve(signal);
    };
    process.on('SIGINT', receive);
    process.on('SIGTERM', receive);
  });
}
