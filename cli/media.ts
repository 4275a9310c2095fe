// Saving the media that a task has made.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from '../client/index.ts';
import { WrongUse } from './wrong-use.ts';

/** Makes the folder that media are saved in; throws WrongUse when it cannot be one. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(() => {});
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw new WrongUse(`Nothing can be saved in ${folder}: it is no folder.`);
}

/** Half an hour for one file. */
const patienceMs = 1_800_000;

/** Saves what a result names in `urls`, each file under its own name, whole or not at all; resolves their paths. */
export async function saveMedia(client: Client, result: unknown, folder: string): Promise<string[]> {
  const saved: string[] = [];
  for (const path of mediaPaths(result)) {
    const file = join(folder, path.slice(path.lastIndexOf('/') + 1));
    const answer = await client.send(path, { signal: AbortSignal.timeout(patienceMs), extraMs: null });
    const part = `${file}.part`;
    try {
      await pipeline(Readable.from(answer.body ?? []), createWriteStream(part));
      await rename(part, file);
    } finally {
      await rm(part, { force: true });
    }
    saved.push(file);
  }
  return saved;
}

const ours = /\/workflow\/[^/?#]+\/media\/[\w-]+\.[a-z0-9]{1,8}$/;

/** Paths of media on the server itself: wherever else an actor's result may point, nobody goes there. */
export function mediaPaths(result: unknown): string[] {
  const urls = typeof result === 'object' && result !== null && 'urls' in result ? result.urls : null;
  if (!Array.isArray(urls)) return [];
  return urls.flatMap(url => (typeof url === 'string' ? (ours.exec(url)?.[0] ?? []) : []));
}
