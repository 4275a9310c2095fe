// Whether the database answers, for whoever is asked how this process does.
import type { Db } from 'mongodb';

/** Tells whether the database answers within `withinMs`. However many ask at once, one ping is under way; never rejects. */
export function newPing(db: Db, withinMs = 1_000): () => Promise<boolean> {
  let pending: Promise<boolean> | undefined;
  function ping(): Promise<boolean> {
    const answered = db.command({ ping: 1 }).then(
      () => true,
      () => false,
    );
    return answered.finally(() => {
      pending = undefined;
    });
  }
  return async () => {
    pending ??= ping();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    // One that is late is left alone: it ends by itself.
    return Promise.race([pending, late]).finally(() => clearTimeout(timer));
  };
}
