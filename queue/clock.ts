// The database's clock, read from afar. Every decision about time is made by mongod itself ($$NOW); only an insert
// cannot say $$NOW, and uses this instead.
import type { Db } from 'mongodb';

// Clocks drift by well under a millisecond a second; a minute keeps the error within a round trip.
const maxAgeMs = 60_000;

export interface Clock {
  /** The database's time now, right to within one round trip and never behind an earlier answer of this process. */
  now(): Promise<Date>;
}

export async function openClock(db: Db): Promise<Clock> {
  let sample = await measure(db);
  let latest = 0;
  return {
    async now() {
      if (performance.now() - sample.taken > maxAgeMs) sample = await measure(db);
      latest = Math.max(latest, Math.round(sample.offset + performance.now()));
      return new Date(latest);
    },
  };
}

async function measure(db: Db): Promise<{ offset: number; taken: number }> {
  const sent = performance.now();
  const { localTime } = await db.command({ hello: 1 });
  const taken = performance.now();
  if (!(localTime instanceof Date))
    throw new TypeError('The database did not tell its time (hello.localTime).');
  return { offset: localTime.getTime() - (sent + taken) / 2, taken };
}
