// The catalog: which actors there are, what they take, and which workers serve them now.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  type ActorRecord,
  findActor,
  listActors,
  listLiveWorkers,
  servingOf,
  UnknownActor,
  type WorkerRecord,
  workerAliveMs,
} from '../../queue/index.ts';
import { pathName, readQuery, takeNoQuery } from '../input.ts';
import { pageOf, pageQuery } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';

export const listQuery = z.strictObject(pageQuery);

export function actorRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/actors', async c => {
    const query = readQuery(c, listQuery);
    const [actors, workers] = await Promise.all([listActors(queue), listLiveWorkers(queue, workerAliveMs)]);
    const { items, next_cursor } = pageOf(actors, query);
    return c.json({ items: items.map(actor => viewActor(actor, workers)), next_cursor });
  });

  app.get('/api/v1/actors/:name', takeNoQuery, async c => {
    const name = pathName(c, 'name', 'name');
    const [actor, workers] = await Promise.all([
      findActor(queue, name),
      listLiveWorkers(queue, workerAliveMs),
    ]);
    if (!actor) throw new UnknownActor(name);
    return c.json(viewActor(actor, workers));
  });

  return app;
}

function viewActor(actor: ActorRecord, workers: readonly WorkerRecord[]) {
  const { _id: name, description, tags, input, output, concurrency, timeouts, retry } = actor;
  const { category, dependencies = [] } = actor;
  const serving = servingOf(workers, name);
  return {
    name,
    description,
    tags,
    input: parseSchema(input),
    output: parseSchema(output),
    concurrency,
    timeouts,
    retry,
    category,
    dependencies,
    workers: serving.map(worker => worker._id),
  };
}

const parseSchema = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
