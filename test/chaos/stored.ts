// What MongoDB has of every task when a run is over, as far as the checks need it.
import type { Db, Document } from 'mongodb';
import { z } from 'zod';
import type { Violations } from './violations.ts';

const storedSchema = z.object({
  _id: z.string(),
  status: z.string(),
  attempt: z.number(),
  created_at: z.date(),
  concurrency_identifier: z.string().nullable(),
  slot: z.number().optional(),
  heartbeat_at: z.date().optional(),
  payload: z.object({ ref: z.number() }),
  result: z.object({ token: z.string(), attempt: z.number() }).optional(),
  error: z.object({ type: z.string() }).optional(),
  attempts: z.array(
    z.object({
      attempt: z.number(),
      worker_id: z.string(),
      started_at: z.date(),
      ended_at: z.date(),
      outcome: z.string(),
      limit: z.number().optional(),
    }),
  ),
});
export type Stored = z.output<typeof storedSchema>;

const fields: Document = Object.fromEntries(Object.keys(storedSchema.shape).map(name => [name, 1] as const));

/** Every task there is. One that is not as tasks of a run are is a violation, and left out. */
export async function readStored(db: Db, violations: Violations): Promise<Stored[]> {
  const stored: Stored[] = [];
  for await (const row of db.collection('task_queue').find({}, { projection: fields })) {
    const { success, data, error } = storedSchema.safeParse(row);
    if (success) stored.push(data);
    else violations.add('I4', `${String(row._id)} is stored broken: ${z.prettifyError(error)}`);
  }
  return stored;
}
