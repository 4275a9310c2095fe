// The process's own time: a clock, an alarm, chance. Everything that waits or measures takes it from here, so that tests
// can let a day pass in a moment and repeat it exactly. Stored moments are never of this clock but of the database's.

export interface Time {
  /** Milliseconds of a clock that never goes back; it goes on while the process is frozen. */
  now(): number;
  /** Milliseconds of the calendar's clock, which also goes on while the machine sleeps, and can be set. Decides nothing. */
  wall(): number;
  /** Calls `ring` once, after `ms`; what it returns calls it off. */
  after(ms: number, ring: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
}

export const realTime: Time = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Resolves after `ms`, or when `signal` aborts. */
export function pause(time: Time, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve();
    function wake(): void {
      callOff();
      signal?.removeEventListener('abort', wake);
      resolve();
    }
    const callOff = time.after(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}
