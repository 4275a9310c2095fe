// The catalog: which actors there are, what they take, and which workers serve them now.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  type ActorRecord,
  findActor,
  InvalidInput,
  listActors,
  listLiveWorkers,
  UnknownActor,
  type WorkerRecord,
  workerAliveMs,
} from '../../queue/index.ts';
import { pathName, readQuery, wholeNumber } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';

const listQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(50),
  cursor: z.string().max(400).optional(),
});

export function actorRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/actors', async c => {
    const { limit, cursor } = readQuery(c, listQuery);
    const [actors, workers] = await Promise.all([listActors(queue), listLiveWorkers(queue, workerAliveMs)]);
    const after = cursor === undefined ? '' : readCursor(cursor);
    const rest = actors.filter(({ _id }) => _id > after);
    const items = rest.slice(0, limit);
    const last = rest.length > limit ? items.at(-1) : undefined;
    return c.json({
      items: items.map(actor => viewActor(actor, workers)),
      next_cursor: last ? writeCursor(last._id) : null,
    });
  });

  app.get('/api/v1/actors/:name', async c => {
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
  const { _id: name, description, tags, input, output, concurrency, timeouts, retry, category } = actor;
  const serving = workers.filter(worker => !worker.draining && worker.actors.includes(name));
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
    workers: serving.map(worker => worker._id),
  };
}

const parseSchema = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

const writeCursor = (name: string) => Buffer.from(name).toString('base64url');

function readCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (writeCursor(name) === cursor) return name;
  throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
}
