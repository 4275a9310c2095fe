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

/** Takes or renews the lease for `ttlMs`; false when somebody else holds it. */
export async function holdLease(queue: Queue, name: string, holder: string, ttlMs: number): Promise<boolean> {
  const free = { $or: [{ holder }, { $expr: { $lt: ['$until', '$$NOW'] } }] };
  const take = [{ $set: { holder: { $literal: holder }, until: { $add: ['$$NOW', ttlMs] } } }];
  try {
    const { matchedCount, upsertedCount } = await queue.leases.updateOne({ _id: name, ...free }, take, {
      upsert: true,
    });
    return matchedCount + upsertedCount === 1;
  } catch (error) {
    // The upsert found no lease that is ours or free, and could not insert a second one.
    if (duplicateKey(error, '_id_')) return false;
    throw error;
  }
}

/** Gives the lease back, so that the next holder need not wait for its end. */
export async function dropLease(queue: Queue, name: string, holder: string): Promise<void> {
  await queue.leases.deleteOne({ _id: name, holder });
}
