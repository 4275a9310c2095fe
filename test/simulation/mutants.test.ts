// Whether the simulation would find mistakes: each is planted, and must be seen within ten thousand runs.
import { expect, test } from 'vitest';
import type { Store } from '../../worker/store.ts';
import { lease_ms } from './plan.ts';
import { type Mutation, simulate } from './run.ts';

/** Workers have a wrong idea of their lease; what they recover is stale by the right one. */
const believing = (believed_lease_ms: number): Mutation => ({
  believed_lease_ms,
  tamper: store => ({ ...store, recoverStaleTasks: () => store.recoverStaleTasks({ lease_ms }) }),
});

const tampering = (tamper: (store: Store) => Partial<Store>): Mutation => ({
  tamper: store => ({ ...store, ...tamper(store) }),
});

const mutants: Record<string, Mutation> = {
  'a completion that does not look at the claim': { flaws: ['complete without fence'] },
  'a failure that does not look at the claim': { flaws: ['fail without fence'] },
  'a heartbeat for all that the worker has, known to it or not': { flaws: ['heartbeat by worker'] },
  'slots that two tasks can hold': { flaws: ['slots are not unique'] },
  'a claim of what is no longer queued': { flaws: ['claim without status'] },
  'work that begins before its claim is confirmed': { flaws: ['claims need no answer'] },
  'a recovery of what has moved since it was read': { flaws: ['recover without comparing'] },
  'a promotion of what was cancelled meanwhile': { flaws: ['promote without comparing'] },
  'a retry that keeps its slot': { flaws: ['retry keeps the slot'] },
  'a release that counts as a retry': { flaws: ['release counts as a retry'] },
  'a worker that gives up too late': believing(1.5 * lease_ms),
  'a worker that never gives up, and nobody who does it for it': believing(1e9),
  'a recoverer that does not wait for the lease': tampering(store => ({
    recoverStaleTasks: () => store.recoverStaleTasks({ lease_ms: lease_ms / 10 }),
  })),
  'a lost answer that counts as done': tampering(store => ({
    completeTasks: items => store.completeTasks(items).catch(() => items.map(() => 'settled')),
  })),
  'a recoverer that is never there': tampering(() => ({ recoverStaleTasks: () => Promise.resolve([]) })),
};

test.each(Object.entries(mutants))('%s is found', { timeout: 120_000 }, async (_, mutation) => {
  let seed = 0;
  let found = false;
  while (!found && seed < 10_000) found = (await simulate(++seed, mutation)).violations.length > 0;
  expect(found).toBe(true);
});
