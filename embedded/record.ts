// The note in `.callsheet/` about the mongod that a start runs, so that others on this machine find it.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { z } from 'zod';

const ANSWER_MS = 2_000;

const recordSchema = z.object({
  uri: z.string(),
  port: z.number(),
  dbPath: z.string(),
  /** The mongod. */
  pid: z.number(),
  /** The process that started it; mongod is stopped when this one ends. */
  owner_pid: z.number(),
});

export type MongodRecord = z.infer<typeof recordSchema>;

const file = (directory: string) => join(directory, '.callsheet', 'mongod.json');

/** Writes the note, in one step: a reader never sees half of it. */
export async function writeRecord(directory: string, record: MongodRecord): Promise<void> {
  const temporary = `${file(directory)}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, file(directory));
}

/** The note as it stands, of a mongod that may be long gone; null when there is none that can be read. */
export async function readRecord(directory: string): Promise<MongodRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file(directory), 'utf8')));
  } catch {
    return null;
  }
}

/** Removes the note, unless another start has written its own since. */
export async function removeRecord(directory: string, pid: number): Promise<void> {
  if ((await readRecord(directory))?.pid === pid) await rm(file(directory), { force: true });
}

/** The address of the recorded mongod if it still runs and answers; null otherwise. */
export async function findRecordedUri(directory: string): Promise<string | null> {
  return (await findRunning(directory))?.uri ?? null;
}

/** The process that runs the recorded mongod, if that still runs and answers; null otherwise. */
export async function findOwner(directory: string): Promise<number | null> {
  return (await findRunning(directory))?.owner_pid ?? null;
}

async function findRunning(directory: string): Promise<MongodRecord | null> {
  const record = await readRecord(directory);
  if (!record || !alive(record.pid) || !alive(record.owner_pid)) return null;
  return (await answers(record)) ? record : null;
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function answers({ uri, pid }: MongodRecord): Promise<boolean> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: ANSWER_MS, connectTimeoutMS: ANSWER_MS });
  try {
    // By pid: another mongod may listen on that port by now.
    const status = await client.db('admin').command({ serverStatus: 1, maxTimeMS: ANSWER_MS });
    return Number(status.pid) === pid;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
