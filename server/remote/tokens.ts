// The token of a worker outside: a Bearer key for its own addresses alone. Only its hash is stored, so it survives every
// restart of a server.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { findRemoteWorker, type Queue, type RemoteWorker } from '../../queue/index.ts';
import { bearerKey, bearerToken, unauthorized } from '../auth/authenticate.ts';
import { allows, hashOf, type Key } from '../auth/keys.ts';
import { Problem } from '../problems.ts';
import { workerGone } from './remote-workers.ts';

export const newToken = (): string => `rwt_${randomBytes(32).toString('base64url')}`;

export const tokenHash = (token: string): string => hashOf(token).toString('hex');

interface Known {
  at: number;
  row: RemoteWorker;
}

/** Every report asks; a worker that has left elsewhere is known for this much longer, and can do nothing any more. */
const freshMs = 5_000;
const maxKnown = 5_000;

export interface Tokens {
  /** The worker of the path, once the request has shown that it may speak for it. Throws 401, 403, and 404 for one that has left. */
  ownerOf(c: Context): Promise<RemoteWorker>;
  forget(worker_id: string): void;
}

/** `keys`: an admin may speak for every worker. */
export function openTokens(queue: Queue, keys: readonly Key[] | undefined): Tokens {
  const known = new Map<string, Known>();

  async function find(worker_id: string): Promise<RemoteWorker | null> {
    const hit = known.get(worker_id);
    if (hit && performance.now() - hit.at < freshMs) return hit.row;
    const row = await findRemoteWorker(queue, worker_id);
    if (known.size >= maxKnown) known.clear();
    if (row) known.set(worker_id, { at: performance.now(), row });
    else known.delete(worker_id);
    return row;
  }

  return {
    async ownerOf(c) {
      const said = c.req.header('Authorization');
      const token = bearerToken(said);
      if (said === undefined || token === null) throw unauthorized('no token was sent');
      const worker_id = c.req.param('id') ?? '';
      const key = bearerKey(said, keys ?? []);
      if (key && !allows(key, 'admin'))
        throw new Problem('forbidden', `The key "${key.name}" is no worker's own token.`);
      const row = await find(worker_id);
      if (!row) throw workerGone(worker_id);
      if (!key && !isTokenOf(row, token)) throw unauthorized("the token is not this worker's");
      return row;
    },
    forget: worker_id => void known.delete(worker_id),
  };
}

function isTokenOf({ token_hash }: RemoteWorker, token: string): boolean {
  return timingSafeEqual(Buffer.from(token_hash, 'hex'), hashOf(token));
}
