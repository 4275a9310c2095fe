// Where the database is when nobody said: the one that `npm start` runs in this directory.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { connect } from '../queue/index.ts';

/** There is no database to connect to; the message says in one line how to get one. */
export class NoDatabase extends Error {
  override name = 'NoDatabase';
  constructor() {
    super(
      'There is no MongoDB. Set MONGODB_URI (mongodb://127.0.0.1:27017), or leave `npm start` running here: it brings one.',
    );
  }
}

const recordSchema = z.object({
  uri: z.string(),
  pid: z.int().positive(),
  /** The start that runs this mongod, and takes it along when it ends. */
  owner_pid: z.int().positive(),
});
const answerMs = 2_000;

/** The address that the embedded MongoDB left in `.callsheet/`, while it runs and its owner does. Throws NoDatabase. */
export async function findDatabase(directory: string): Promise<string> {
  const text = await readFile(join(directory, '.callsheet', 'mongod.json'), 'utf8').catch(() => 'null');
  const { data: record } = recordSchema.safeParse(parse(text));
  if (!record || !isAlive(record.pid) || !isAlive(record.owner_pid)) throw new NoDatabase();
  if ((await pidAt(record.uri)) !== record.pid) throw new NoDatabase();
  return record.uri;
}

/** Pids and ports are used again: only the mongod that answers there knows which one it is. Null when none answers. */
async function pidAt(uri: string): Promise<number | null> {
  try {
    const connection = await connect(uri, { serverSelectionTimeoutMS: answerMs });
    const status = await connection.db.admin().serverStatus();
    await connection.close();
    return Number(status.pid);
  } catch {
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is a process, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
