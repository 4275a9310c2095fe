// How the queue is doing: overall, for one actor, and for one job of a room as the programs that came before ask for it.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  findActor,
  findJob,
  fullNameOf,
  isVisible,
  readStats,
  type Stats,
  UnknownActor,
} from '../../queue/index.ts';
import { nameText, readQuery, takeNoQuery } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { pathRoom } from './rooms.ts';

export const query = z.strictObject({ actor: nameText.optional() });

// Pages ask often, and many of them: within this time they share an answer.
const freshMs = 500;
const maxShared = 200;

export function statsRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const shared = new Map<string, { at: number; stats: Promise<Stats> }>();

  function read(actor?: string): Promise<Stats> {
    const key = actor ?? '';
    const known = shared.get(key);
    if (known && performance.now() - known.at < freshMs) return known.stats;
    if (shared.size >= maxShared) shared.clear();
    const stats = readStats(queue, actor);
    stats.catch(() => shared.delete(key));
    shared.set(key, { at: performance.now(), stats });
    return stats;
  }

  app.get('/api/v1/stats', async c => {
    const { actor } = readQuery(c, query);
    if (actor !== undefined && !(await findActor(queue, actor))) throw new UnknownActor(actor);
    return c.json(await read(actor));
  });

  app.get('/api/rooms/:room/extensions/:scope/:category/:extension/stats', takeNoQuery, async c => {
    const { scope = '', category = '', extension = '' } = c.req.param();
    const shownAs: Record<string, string> = { global: '@global', internal: '@internal' };
    const full_name = fullNameOf(
      Object.hasOwn(shownAs, scope) ? shownAs[scope]! : scope,
      category,
      extension,
    );
    const job = isVisible(pathRoom(c), full_name) ? await findJob(queue, full_name) : null;
    if (!job) throw new Problem('job-not-found', `The room has no job ${full_name.slice(0, 200)}.`);
    const { idle_workers, busy_workers, pending_jobs } = await read(full_name);
    return c.json({ idle_workers, busy_workers, pending_jobs });
  });

  return app;
}
