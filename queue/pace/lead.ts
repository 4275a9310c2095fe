// The one who does the chores of a whole queue: whoever holds their lease. What the chores are, and how the lease is kept, is
// said by those who lead.
import { isTransient } from '../transient.ts';
import type { OutageGrace } from './grace.ts';
import { type Loop, startLoop } from './loop.ts';
import { realTime, type Time } from './time.ts';

export interface Chore {
  /** Completes "trouble while …". */
  doing: string;
  /** Resolves the milliseconds until it is due again. */
  run: () => Promise<number>;
}

export interface LeadLease {
  /** How long it is held without being renewed. */
  ttlMs: number;
  /** About how long from one request to the next; well below half a lease of a task, or each would look like an outage (grace.ts). */
  askMs: number;
  /** Asks the database, takes or renews it; false when it is another's, or nobody needs to lead. */
  hold(): Promise<boolean>;
  /** Gives it back; nothing happens when it is another's. */
  drop(): Promise<void>;
}

export interface LeadOptions {
  lease: LeadLease;
  chores: readonly Chore[];
  /** Told of outages, and that the database answered. */
  grace: OutageGrace;
  onTrouble: (doing: string, error: unknown) => void;
  time?: Time;
}

/**
 * Asks for the lease and does the chores that are due while it is held; its stop gives it back. Two leaders at once must be
 * harmless: every chore is made of conditional writes.
 */
export function startLead(options: LeadOptions): Pick<Loop, 'stop'> {
  const { lease, grace, onTrouble, time = realTime } = options;
  const chores = options.chores.map(({ doing, run }): DueChore => ({ doing, run, due: 0 }));
  let leadsUntil = 0;
  let askAt = 0;
  // An answer that was lost may have been a yes.
  let mayHold = false;

  async function ask(): Promise<void> {
    const sentAt = time.now();
    mayHold = true;
    mayHold = await lease.hold();
    // Here alone: a round in which no chore is due, or the due ones fail, shows nothing of the database.
    grace.noteSuccess(time.now());
    leadsUntil = mayHold ? sentAt + lease.ttlMs : 0;
    askAt = sentAt + lease.askMs * (0.75 + time.random() / 2);
  }

  const loop = startLoop({
    time,
    async round() {
      if (time.now() >= askAt) await ask();
      if (time.now() >= leadsUntil) return Math.max(0, askAt - time.now());
      for (const chore of chores) await doChore({ grace, onTrouble, time }, chore);
      return Math.max(0, Math.min(askAt, ...chores.map(chore => chore.due)) - time.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      onTrouble('holding the maintenance lease', error);
    },
  });
  return {
    async stop() {
      await loop.stop();
      if (mayHold) await lease.drop();
    },
  };
}

const troubleMs = 1_000;

interface DueChore extends Chore {
  due: number;
}

type ChoreParts = Required<Pick<LeadOptions, 'grace' | 'onTrouble' | 'time'>>;

/** One chore's trouble does not keep the others from being done. */
async function doChore({ grace, onTrouble, time }: ChoreParts, chore: DueChore): Promise<void> {
  if (time.now() < chore.due) return;
  try {
    chore.due = time.now() + (await chore.run());
  } catch (error) {
    chore.due = time.now() + troubleMs;
    // Only an outage makes leases old: a chore that fails by itself must not keep the dead from being recovered.
    if (isTransient(error)) grace.noteTrouble();
    onTrouble(chore.doing, error);
  }
}

/** When the next one known is due, and at least every `mostMs`: anybody may add one that is due before it. */
export function nextLookMs(next_in_ms: number | null, mostMs: number): number {
  if (next_in_ms === 0) return 0;
  return Math.min(mostMs, Math.max(50, next_in_ms ?? mostMs));
}
