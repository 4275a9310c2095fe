// Rooms: their jobs, and asking for one. A job is an actor of the catalog, and its tasks pass the same door as any.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type ActorRecord,
  checkInput,
  deleteJob,
  findJob,
  isScope,
  isServed,
  isShared,
  isVisible,
  listLiveWorkers,
  listRoomJobs,
  listRoomTasks,
  newJobSchema,
  putJob,
  scopeOf,
  servingOf,
  type WorkerRecord,
  workerAliveMs,
} from '../../queue/index.ts';
import { allows } from '../auth/keys.ts';
import { schemaProblem } from '../check-payload.ts';
import { admitTask, readTask } from '../door.ts';
import { makeTask } from '../entry.ts';
import { readJson, readQuery, takeNoQuery } from '../input.ts';
import { pageQuery, readCursor, writeCursor } from '../pages.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { invalid, Problem } from '../problems.ts';
import { answerNew } from './create.ts';
import { viewTasks } from './tasks.ts';

/** All of it twice: under our own address, and under that of the programs that came before. */
export const roomBases = ['/api/v1', '/v1/joblib'];

export const listQuery = z.strictObject(pageQuery);
export const putQuery = z.strictObject({ replace: z.literal('1', 'must be 1').optional() });

export function roomRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  for (const base of roomBases) {
    const jobs = `${base}/rooms/:room/jobs`;

    app.put(jobs, async c => {
      const room = pathRoom(c);
      const { replace } = readQuery(c, putQuery);
      requireOwn(c, room);
      const asked = readJob(await readJson(c));
      const { job, created } = await putJob(queue, room, asked, { replace: replace === '1' });
      return c.json(viewJob(job, []), created ? 201 : 200, { Location: urlOf(c, parts, base, job._id) });
    });

    app.get(jobs, async c => {
      const { limit, cursor } = readQuery(c, listQuery);
      const [{ items, more }, workers] = await Promise.all([
        listRoomJobs(queue, pathRoom(c), { limit, after: readCursor(cursor) }),
        listLiveWorkers(queue, workerAliveMs),
      ]);
      const next_cursor = more ? writeCursor(items.at(-1)!._id) : null;
      return c.json({ items: items.map(job => viewJob(job, workers)), next_cursor });
    });

    app.get(`${jobs}/:full_name`, takeNoQuery, async c => {
      const job = await pathJob(c, parts);
      return c.json(viewJob(job, await listLiveWorkers(queue, workerAliveMs)));
    });

    app.delete(`${jobs}/:full_name`, takeNoQuery, async c => {
      const { _id } = await pathJob(c, parts);
      requireOwn(c, scopeOf(_id) ?? '');
      if (!(await deleteJob(queue, _id))) throw noJob(_id, pathRoom(c));
      return c.body(null, 204);
    });

    app.get(`${jobs}/:full_name/tasks`, async c => {
      const { limit, cursor } = readQuery(c, listQuery);
      const { _id: actor } = await pathJob(c, parts);
      const which = { room: pathRoom(c), actor, limit, cursor: readCursor(cursor) };
      const { items, next_cursor } = await listRoomTasks(queue, which);
      return c.json({
        items: await viewTasks(c, parts, items),
        next_cursor: next_cursor && writeCursor(next_cursor),
      });
    });

    app.post(`${base}/rooms/:room/tasks/:full_name`, takeNoQuery, async c => {
      const { _id: actor } = await pathJob(c, parts);
      const body = await readJson(c);
      const room = pathRoom(c);
      const stored = await makeTask(c, parts, { route: ['room', room, actor], body, room }, async () => {
        const asked = readTask({ ...readFields(body), actor });
        await admitTask(parts, asked, '/payload');
        if (scopeOf(actor) === '@internal') await requireExecutor(parts, actor);
        return asked;
      });
      return answerNew(c, parts, stored);
    });
  }

  return app;
}

/** The scope in the path. */
export function pathRoom(c: Context): string {
  const room = c.req.param('room') ?? '';
  if (isScope(room)) return room;
  const detail = 'must be 1 to 64 letters, digits and "_.-", or @global, or @internal';
  throw new Problem('invalid-room-id', `The room ${detail}.`, { errors: [{ pointer: '/room', detail }] });
}

/** The job in the path, if its room may see it. */
async function pathJob(c: Context, { queue }: Parts): Promise<ActorRecord> {
  const room = pathRoom(c);
  const full_name = c.req.param('full_name') ?? '';
  const job = isVisible(room, full_name) ? await findJob(queue, full_name) : null;
  if (!job) throw noJob(full_name, room);
  return job;
}

const noJob = (full_name: string, room: string) =>
  new Problem('job-not-found', `The room ${room} has no job ${full_name.slice(0, 200)}.`);

/** What every room sees only an admin may change. */
function requireOwn(c: Context<AppEnv>, scope: string): void {
  const caller = c.get('caller');
  if (isShared(scope) && caller && !allows(caller, 'admin'))
    throw new Problem('admin-required', `Jobs of ${scope} are changed by keys with the scope "admin" alone.`);
}

function readJob(body: unknown) {
  const { data, error } = newJobSchema.safeParse(body);
  if (error?.issues.some(({ path }) => path[0] === 'category')) {
    const detail = 'must be 1 to 32 of a-z, 0-9, "_" and "-", beginning with a letter';
    const errors = [{ pointer: '/category', detail }];
    throw new Problem('invalid-category', `The category ${detail}.`, { errors });
  }
  const asked = data ?? checkInput(newJobSchema, body);
  const problem = schemaProblem(asked.schema);
  if (problem !== null) throw invalid([{ pointer: '/schema', detail: problem }]);
  return asked;
}

/** The fields of a request for a task but for its actor, which the path names. */
function readFields(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid([{ pointer: '', detail: 'must be an object: {payload}' }]);
  if (Object.hasOwn(body, 'actor')) throw invalid([{ pointer: '/actor', detail: 'is named by the path' }]);
  return body;
}

/** Nobody would ever execute it: it is not taken. */
async function requireExecutor({ queue }: Parts, full_name: string): Promise<void> {
  if (await isServed(queue, full_name)) return;
  const said = `The job ${full_name} is published, and no live worker executes it.`;
  throw new Problem('internal-job-not-configured', said, { headers: { 'Retry-After': '10' } });
}

function urlOf(c: Context, parts: Parts, base: string, full_name: string): string {
  return `${urlBase(c, parts)}${base}/rooms/${c.req.param('room')}/jobs/${encodeURIComponent(full_name)}`;
}

function viewJob(job: ActorRecord, workers: readonly WorkerRecord[]) {
  const { _id: full_name, room, category, description, tags, input, concurrency, timeouts, retry } = job;
  const serving = servingOf(workers, full_name);
  const name = full_name.slice(full_name.lastIndexOf(':') + 1);
  const schema: unknown = input === null ? null : JSON.parse(input);
  const shown = { full_name, room, category, name, description, tags, schema, concurrency, timeouts, retry };
  return { ...shown, max_retries: retry.max_retries, workers: serving.map(({ _id }) => _id) };
}
