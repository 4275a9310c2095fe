// The note in `.callsheet/` about the server that `callsheet up` runs, so that other commands in its directory find it.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({ url: z.url(), pid: z.int().positive() });

const file = (directory: string) => join(directory, '.callsheet', 'server.json');

/** Notes that this process serves at `url`; one that others left is replaced. */
export async function noteServer(directory: string, url: string): Promise<void> {
  const temporary = `${file(directory)}.${process.pid}`;
  await mkdir(join(directory, '.callsheet'), { recursive: true });
  await writeFile(temporary, `${JSON.stringify({ url, pid: process.pid })}\n`);
  await rename(temporary, file(directory));
}

/** Removes the note of this process. */
export async function forgetServer(directory: string): Promise<void> {
  if ((await read(directory))?.pid === process.pid) await rm(file(directory), { force: true });
}

/** The address in the note, while the process lives that wrote it; null otherwise. */
export async function findServer(directory: string): Promise<string | null> {
  const record = await read(directory);
  return record && isAlive(record.pid) ? record.url : null;
}

/** The address in the note if the process `pid` wrote it; null otherwise. */
export async function findServerOf(directory: string, pid: number): Promise<string | null> {
  const record = await read(directory);
  return record?.pid === pid ? record.url : null;
}

async function read(directory: string): Promise<z.output<typeof recordSchema> | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file(directory), 'utf8')));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
