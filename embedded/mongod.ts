// Decides which mongod to run. Fetching one is fetch.ts, starting it replset.ts.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type EmbeddedSettings, readEmbeddedSettings } from './config.ts';
import { fetchMongod, WAYS } from './fetch.ts';
import type { Fetch, OnProgress } from './progress.ts';
import { checkMongod } from './verify.ts';

/** There is no mongod to run; the message says what to do. */
export class MongodNotFound extends Error {
  override name = 'MongodNotFound';
}

export interface FindOptions {
  /** The working directory; what is fetched is kept in its `.callsheet/bin`. */
  directory: string;
  onProgress?: OnProgress | undefined;
  settings?: EmbeddedSettings;
  /** How to fetch one, tried in this order. */
  ways?: readonly Fetch[];
}

/**
 * Resolves the path of a mongod that runs here: the one named by MONGOMS_SYSTEM_BINARY, the one kept from an earlier start,
 * the one on PATH, else one that is fetched now and kept. Rejects with MongodNotFound.
 */
export async function findMongod(options: FindOptions): Promise<string> {
  const { directory, settings = readEmbeddedSettings(), ways = WAYS, onProgress = () => {} } = options;
  if (settings.MONGOMS_SYSTEM_BINARY) return named(settings.MONGOMS_SYSTEM_BINARY);
  const kept = join(directory, '.callsheet', 'bin', process.platform === 'win32' ? 'mongod.exe' : 'mongod');
  // Before PATH: data written by one version is not always read by another, so a start takes what the last one took.
  for (const path of [kept, ...onPath(settings.PATH)]) {
    if ((await executable(path)) && (await checkMongod(path)).ok) return path;
  }
  onProgress({ step: 'Looking for MongoDB' });
  const { ok, reason } = await fetchMongod(kept, ways, onProgress);
  if (ok) return kept;
  const why = reason || 'none could be fetched for this system';
  throw new MongodNotFound(
    `No MongoDB to run: ${why}. Install MongoDB 5.0 or newer so that mongod is on PATH, or set MONGODB_URI.`,
  );
}

async function named(path: string): Promise<string> {
  const { ok, reason } = await checkMongod(path);
  if (!ok) throw new MongodNotFound(`MONGOMS_SYSTEM_BINARY cannot be used: ${reason}.`);
  return path;
}

function onPath(searchPath: string): string[] {
  const name = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
  return searchPath
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => join(folder, name));
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
