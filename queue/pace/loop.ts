// The one background loop: runs a round, sleeps as long as the round said, can be woken early, stops cleanly.
import { realTime, type Time } from './time.ts';

export interface Loop {
  /** Ends the sleep, or skips the next one: a wake during a round is never forgotten. */
  wake(): void;
  /** Lets the round that runs finish; no other begins. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** Milliseconds to sleep before the next round; Infinity waits for a wake. */
  round: () => Promise<number>;
  /** A round threw; it is tried again after a growing pause. */
  onTrouble: (error: unknown) => void;
  time?: Time;
}

export function startLoop({ round, onTrouble, time = realTime }: LoopOptions): Loop {
  const nap = newNap(time);
  let stopped = false;

  async function run(): Promise<void> {
    for (let failures = 0; !stopped; ) {
      const sleepMs = await round().then(
        ms => ({ ms, failed: false }),
        (error: unknown) => ({ ms: backoffMs(failures, time), failed: true, error }),
      );
      if ('error' in sleepMs) onTrouble(sleepMs.error);
      failures = sleepMs.failed ? failures + 1 : 0;
      // A pause after trouble is not cut short: wakes keep coming while the database is away.
      await nap.take(sleepMs.ms, sleepMs.failed);
    }
  }

  const running = run();
  return {
    wake: () => nap.wake(),
    async stop() {
      stopped = true;
      nap.end();
      await running;
    },
  };
}

function backoffMs(failures: number, time: Time): number {
  return Math.min(100 * 2 ** failures, 2_000) * (0.5 + time.random() / 2);
}

/** A sleep that a wake ends early, now or in advance; after `end` there is no sleep any more. */
function newNap(time: Time) {
  let woken = false;
  let ended = false;
  let rise: ((why: 'wake' | 'end') => void) | undefined;
  return {
    wake() {
      woken = true;
      rise?.('wake');
    },
    end() {
      ended = true;
      rise?.('end');
    },
    async take(ms: number, deaf: boolean): Promise<void> {
      const skip = ended || ms <= 0 || (woken && !deaf);
      if (!skip) {
        await new Promise<void>(resolve => {
          const callOff = ms === Infinity ? undefined : time.after(ms, resolve);
          rise = why => {
            if (why === 'wake' && deaf) return;
            callOff?.();
            resolve();
          };
        });
      }
      rise = undefined;
      if (!deaf) woken = false;
    },
  };
}
