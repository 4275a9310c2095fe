// One `callsheet up` per folder: a second one would share the first one's MongoDB, and lose it when the first stops.
import { setTimeout as delay } from 'node:timers/promises';
import { findOwner } from '../embedded/index.ts';
import { findServerOf } from './server-record.ts';

// Longer than a stop takes that waits for running tasks (DRAIN_MS by default).
const PATIENCE_MS = 45_000;
const LOOK_MS = 200;

/** Callsheet runs in this folder already; the message says where. */
export class AlreadyRunning extends Error {
  override name = 'AlreadyRunning';
}

/**
 * Resolves when no other start runs a MongoDB in `directory`: one that is about to stop is waited for, which `onWait` is told
 * once. Throws AlreadyRunning.
 */
export async function onlyStart(directory: string, onWait: (text: string) => void): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let waited = false; ; waited = true) {
    const owner = await findOwner(directory);
    if (owner === null) return;
    const url = await findServerOf(directory, owner);
    if (url !== null || Date.now() > end) throw new AlreadyRunning(describe(owner, url));
    if (!waited) onWait(`Waiting for another start in this folder to stop (process ${owner})`);
    await delay(LOOK_MS);
  }
}

function describe(owner: number, url: string | null): string {
  const where = url === null ? '' : ` at ${url}`;
  return `Callsheet already runs in this folder${where} (process ${owner}). Use that one, or stop it first.`;
}
