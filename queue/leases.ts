// One holder per name for a while: an economy for maintenance. Two holders at once would be harmless, because every
// maintenance operation is a conditional write.
import { duplicateKey } from './errors.ts';
import type { Queue } from './queue.ts';

/** A document of `leases`. */
export interface Lease {
  _id: string;
  holder: string;
  until: Date;
}

/**
 * Takes or renews the lease for `ttlMs`, the same for all who ask; false when somebody else holds it. One that would
 * end much later than that was taken before the database's clock went back, and counts as ended.
 */
export async function holdLease(queue: Queue, name: string, holder: string, ttlMs: number): Promise<boolean> {
  const me = { $literal: holder };
  const until = { $ifNull: ['$until', new Date(0)] };
  const end = { $add: ['$$NOW', ttlMs] };
  // Not `end` itself: `$$NOW` is taken when a statement begins, and the one who was first may have begun a moment later.
  const latest = { $add: ['$$NOW', 2 * ttlMs] };
  const free = {
    $or: [{ $eq: ['$holder', me] }, { $lt: [until, '$$NOW'] }, { $gt: [until, latest] }],
  };
  const take = {
    holder: { $cond: [free, me, '$holder'] },
    until: { $cond: [free, end, '$until'] },
  };
  const upsert = () =>
    queue.leases.findOneAndUpdate({ _id: name }, [{ $set: take }], { upsert: true, returnDocument: 'after' });
  const lease = await upsert().catch((error: unknown) => {
    if (duplicateKey(error, '_id_')) return upsert();
    throw error;
  });
  return lease?.holder === holder;
}

/** Gives the lease back, so that the next holder need not wait for its end. */
export async function dropLease(queue: Queue, name: string, holder: string): Promise<void> {
  await queue.leases.deleteOne({ _id: name, holder });
}
