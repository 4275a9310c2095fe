// Which MongoDB a worker uses when nobody told it: the one that `npm start` left a note about. It never starts one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { connect } from '../queue/index.ts';

/** Nobody said where MongoDB is. */
export class NoDatabase extends Error {
  override name = 'NoDatabase';
  constructor() {
    super('No database: set MONGODB_URI, or run `npm start` in this directory, which starts one.');
  }
}

const recordSchema = z.object({
  uri: z.string(),
  pid: z.int().positive(),
  /** The start that runs this mongod, and takes it along when it ends. */
  owner_pid: z.int().positive(),
});
const answerMs = 2_000;

/** `given`, else the address recorded in `<directory>/.callsheet` if its mongod still runs. Throws NoDatabase. */
export async function findUri(given: string | undefined, directory: string): Promise<string> {
  const uri = given ?? (await readRecordedUri(directory));
  if (uri === null) throw new NoDatabase();
  return uri;
}

async function readRecordedUri(directory: string): Promise<string | null> {
  try {
    const text = await readFile(join(directory, '.callsheet', 'mongod.json'), 'utf8');
    const { uri, pid, owner_pid } = recordSchema.parse(JSON.parse(text));
    return runs(pid) && runs(owner_pid) && (await pidAt(uri)) === pid ? uri : null;
  } catch {
    return null;
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Pids and ports are used again: only the mongod that answers there knows which one it is. */
async function pidAt(uri: string): Promise<number> {
  const connection = await connect(uri, { serverSelectionTimeoutMS: answerMs });
  try {
    return Number((await connection.db.admin().serverStatus()).pid);
  } finally {
    await connection.close();
  }
}
