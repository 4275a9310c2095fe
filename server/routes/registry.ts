// The registry: every published actor as a task with parameters, and running one while the caller waits.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type ActorRecord,
  checkInput,
  findActor,
  getTask,
  isServed,
  isTerminal,
  listActors,
  newTaskSchema,
  type Queue,
  type Task,
  UnknownActor,
} from '../../queue/index.ts';
import { admitTask, readTask } from '../door.ts';
import { makeTask } from '../entry.ts';
import { pathName, readJson, readQuery, takeNoQuery } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { describeTask, hasTags } from '../registry/describe.ts';
import { waitAsPreferred } from '../wait.ts';
import { answerAccepted } from './create.ts';

export const registryQuery = z.strictObject({
  tag: z
    .array(z.string().min(1).max(100))
    .max(20)
    .optional()
    .describe('Only those with this tag; repeated: with all of them'),
});

export const executeSchema = z.strictObject({
  params: newTaskSchema.shape.payload
    .optional()
    .describe('What the task is called with; nothing unless said'),
});

/** How long a caller waits who does not say. */
const usualSeconds = 30;

export function registryRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.get('/api/v1/tasks', async c => {
    const { tag = [] } = readQuery(c, registryQuery, ['tag']);
    const actors = await listActors(queue);
    return c.json(actors.filter(actor => hasTags(actor, tag)).map(describeTask));
  });

  app.get('/api/v1/tasks/:name', takeNoQuery, async c => c.json(describeTask(await pathActor(queue, c))));

  app.on('POST', ['/api/v1/tasks/:name/$execute', '/api/v1/tasks/:name/%24execute'], takeNoQuery, async c => {
    const { _id: actor } = await pathActor(queue, c);
    const body = await readJson(c);
    const stored = await makeTask(c, parts, { route: ['execute', actor], body }, async () => {
      const { params: payload = {} } = checkInput(executeSchema, body);
      // Once: whoever waits sees what went wrong, and asks again if that may help.
      const asked = readTask({ actor, payload, max_retries: 0 });
      await admitTask(parts, asked, '/params');
      await refuseUnserved(queue, actor);
      return asked;
    });
    await waitAsPreferred(c, parts, stored.task._id, usualSeconds);
    const task = await getTask(queue, stored.task._id);
    return task && isTerminal(task.status) ? c.json(viewExecution(task)) : answerAccepted(c, parts, stored);
  });

  return app;
}

/** The actor that the path names. Jobs of rooms are no tasks of the registry. */
async function pathActor(queue: Queue, c: Context): Promise<ActorRecord> {
  const name = pathName(c, 'name', 'name');
  const actor = await findActor(queue, name);
  if (!actor || actor.room !== undefined) throw new UnknownActor(name);
  return actor;
}

/** Nobody waits for a task that nobody runs. */
async function refuseUnserved(queue: Queue, actor: string): Promise<void> {
  if (await isServed(queue, actor)) return;
  throw new Problem('no-executor', `No live worker runs "${actor}": nothing was enqueued.`, {
    headers: { 'Retry-After': '5' },
  });
}

function viewExecution({ actor: task_name, payload: params, result = null, error, status }: Task) {
  const failed = status !== 'completed' && error;
  return {
    task_name,
    params,
    result,
    error: failed ? { type: failed.type, message: failed.message, traceback: failed.stack_trace } : null,
  };
}
