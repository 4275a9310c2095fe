// Workers outside: joining, their stream, what they say of their tasks, leaving. What becomes of it is server/remote's.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  addRemoteWorker,
  checkInput,
  findHeld,
  findJobs,
  InvalidInput,
  isTaskId,
  type RemoteWorker,
  scopeOf,
  stateOf,
  TaskNotFound,
  viewTask,
} from '../../queue/index.ts';
import { nameText, readJson, takeNoQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { Problem } from '../problems.ts';
import { reportSchema } from '../remote/report.ts';
import { newToken, openTokens, tokenHash } from '../remote/tokens.ts';
import { roomBases } from './rooms.ts';

export const joinSchema = z.strictObject({
  name: nameText,
  jobs: z.array(nameText).min(1).max(100),
  capacity: z.int().min(1).max(1_000).default(1),
});

const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Proxies that buffer answers would hold tasks back.
  'X-Accel-Buffering': 'no',
};

/** What a heartbeat may carry: nothing yet. */
const emptyBody = z.strictObject({});

export function remoteRoutes(parts: Parts): Hono<AppEnv> {
  const { queue, remote } = parts;
  const app = new Hono<AppEnv>();
  const tokens = openTokens(queue, parts.keys);
  const ownerOf = (c: Context) => tokens.ownerOf(c);

  for (const base of roomBases) {
    app.post(`${base}/workers`, takeNoQuery, async c => {
      const asked = checkInput(joinSchema, await readJson(c));
      await requireJobs(parts, asked.jobs);
      const token = newToken();
      const jobs = [...new Set(asked.jobs)];
      const worker_id = await addRemoteWorker(queue, { ...asked, jobs, token_hash: tokenHash(token) });
      const Location = `${urlBase(c, parts)}${base}/workers/${worker_id}`;
      return c.json({ worker_id, token }, 201, { Location, 'Cache-Control': 'no-store' });
    });

    app.get(`${base}/workers/:id`, takeNoQuery, async c => c.json(await viewOwn(c, parts, await ownerOf(c))));

    app.get(`${base}/workers/:id/stream`, takeNoQuery, async c => {
      const row = await ownerOf(c);
      // Nobody reads the body of an answer to HEAD: a stream for it would take the place of the worker's own.
      if (c.req.method === 'HEAD') return c.body(null, 200, streamHeaders);
      const { outgoing, incoming } = c.env ?? {};
      incoming?.socket?.setKeepAlive(true, 5_000);
      const { stream } = await remote.open(row, urlBase(c, parts), () => outgoing?.destroy());
      // A client that went away before the answer never reads it, and nobody would say so.
      outgoing?.once('close', () => stream.end());
      if (outgoing?.destroyed) stream.end();
      return c.body(stream.readable, 200, streamHeaders);
    });

    app.put(`${base}/workers/:id/tasks/:task_id`, takeNoQuery, async c => {
      const { _id } = await ownerOf(c);
      const task_id = c.req.param('task_id') ?? '';
      if (!isTaskId(task_id)) throw new TaskNotFound(task_id.slice(0, 60));
      const said = checkInput(reportSchema, await readJson(c));
      const status = await remote.report(_id, task_id, said);
      const begun = status === 'processing' ? ({ begun: true } as const) : {};
      return c.json({ task_id, status, state: stateOf({ status, ...begun }) });
    });

    app.post(`${base}/workers/:id/heartbeat`, takeNoQuery, async c => {
      const { _id: worker_id } = await ownerOf(c);
      if (Number(c.req.header('content-length') ?? 0) > 0) checkInput(emptyBody, await readJson(c));
      const tasks = (await remote.heartbeat(worker_id)).map(task => ({
        task_id: task._id,
        claim: task.claim,
        status: task.status,
        state: stateOf(task),
        cancel_requested: task.cancel_requested ?? false,
      }));
      return c.json({ worker_id, tasks });
    });

    app.delete(`${base}/workers/:id`, takeNoQuery, async c => {
      const { _id } = await ownerOf(c);
      tokens.forget(_id);
      await remote.leave(_id);
      return c.body(null, 204);
    });
  }

  return app;
}

/** Every job must be there, and be one that may be executed outside. */
async function requireJobs({ queue }: Parts, asked: readonly string[]): Promise<void> {
  const known = new Set((await findJobs(queue, asked)).map(({ _id }) => _id));
  for (const [index, name] of asked.entries()) {
    if (scopeOf(name) === null)
      throw new InvalidInput([{ pointer: `/jobs/${index}`, detail: 'is no full name: scope:category:name' }]);
    if (!known.has(name)) throw new Problem('job-not-found', `There is no job ${name}: publish it first.`);
    if (scopeOf(name) === '@internal')
      throw new Problem('admin-required', `${name} is executed by our own workers alone.`);
  }
}

/** A worker as it sees itself: with what it holds, for one that was restarted and has kept its token. */
async function viewOwn(c: Context, parts: Parts, row: RemoteWorker) {
  const { _id: worker_id, host: name, actors: jobs, capacity, started_at } = row;
  const held = await findHeld(parts.queue, worker_id);
  const base = urlBase(c, parts);
  const tasks = held.map(task => ({ task: viewTask(task, null, base), claim: task.claim }));
  return { worker_id, name, jobs, capacity, started_at, tasks };
}
