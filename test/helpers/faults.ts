// Fault points on a real mongod: it refuses, breaks off, or applies and then complains, for some commands of one client.
import type { Db, Document } from 'mongodb';

export interface Fault {
  failCommands: string[];
  times: number;
  /** `<database>.<collection>`; any when left out. */
  namespace?: string;
  errorCode?: number;
  closeConnection?: boolean;
  writeConcernError?: Document;
}

/** Runs `work` while mongod misbehaves as described, then makes it behave. Other databases of the run are not touched. */
export async function withFailPoint<T>(
  db: Db,
  { times, namespace, ...fault }: Fault,
  work: () => Promise<T>,
): Promise<T> {
  const admin = db.client.db('admin');
  const point = { namespace: namespace ?? `${db.databaseName}.task_queue`, ...fault };
  await admin.command({ configureFailPoint: 'failCommand', mode: { times }, data: point });
  try {
    return await work();
  } finally {
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' });
  }
}
