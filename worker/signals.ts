// SIGTERM and SIGINT of a worker process: the first asks for a clean stop, the second for a quick one.

/** A terminal's Ctrl-C comes twice under npm: from the terminal and, a moment later, from npm. */
const sameCtrlCMs = 100;

export interface StopSignals {
  /** Resolves at the first signal. */
  asked: Promise<void>;
  /** Aborts at the second. */
  hurry: AbortSignal;
}

/** From here on signals no longer end the process by themselves. */
export function watchSignals(): StopSignals {
  const hurry = new AbortController();
  const asked = new Promise<void>(resolve => {
    let first: { signal: NodeJS.Signals; at: number } | undefined;
    function hear(signal: NodeJS.Signals): void {
      const at = performance.now();
      if (signal === 'SIGINT' && first?.signal === 'SIGINT' && at - first.at < sameCtrlCMs) return;
      if (first) hurry.abort();
      first ??= { signal, at };
      resolve();
    }
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
  });
  return { asked, hurry: hurry.signal };
}
