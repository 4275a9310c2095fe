// Making tasks: one, or many at once.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  checkInput,
  type EnqueuedTask,
  enqueueTask,
  enqueueTasks,
  explainWaiting,
  getTask,
  getTasks,
  type Queue,
  TaskNotFound,
  type TaskStatus,
  urlsOf,
  type Waiting,
} from '../../queue/index.ts';
import { admitTask, admitTasks, readTask } from '../door.ts';
import { readJson, takeNoQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { traceOf } from '../tracing.ts';
import { waitAsPreferred } from '../wait.ts';
import { viewTasks } from './tasks.ts';

const bulkSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(1_000) });

async function standing(
  queue: Queue,
  task_id: string,
): Promise<{ status: TaskStatus; place: Waiting | null }> {
  const task = await getTask(queue, task_id);
  if (!task) throw new TaskNotFound(task_id);
  const waiting = await explainWaiting(queue, [task]);
  return { status: task.status, place: waiting.get(task_id) ?? null };
}

/** The answer to whoever made a task: 202, or what became of it where that is preferred. */
export async function answerNew(c: Context<AppEnv>, parts: Parts, enqueued: EnqueuedTask): Promise<Response> {
  const { task_id } = enqueued;
  if (enqueued.deduplicated) c.header('Deduplicated', 'true');
  if (await waitAsPreferred(c, parts, task_id)) {
    const [task] = await getTasks(parts.queue, [task_id]);
    if (task) return c.json((await viewTasks(c, parts, [task]))[0]);
  }
  return answerAccepted(c, parts, enqueued);
}

/** 202: where the task is, and how it stands now. */
export async function answerAccepted(
  c: Context<AppEnv>,
  parts: Parts,
  enqueued: EnqueuedTask,
): Promise<Response> {
  const { task_id } = enqueued;
  // The task is stored: that its place cannot be read just now is no reason to say that it is not.
  const { status, place } = await standing(parts.queue, task_id).catch(() => ({ ...enqueued, place: null }));
  const urls = urlsOf(task_id, urlBase(c, parts));
  return c.json({ task_id, status, queue: place, urls }, 202, { Location: urls.self, 'Retry-After': '1' });
}

export function createRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.post('/api/task', takeNoQuery, async c => {
    const asked = readTask(await readJson(c));
    await admitTask(parts, asked, '/payload');
    return answerNew(c, parts, await enqueueTask(queue, asked, traceOf(c)));
  });

  app.post('/api/tasks', takeNoQuery, async c => {
    const { tasks } = checkInput(bulkSchema, await readJson(c));
    const asked = tasks.map((task, index) => readTask(task, `/tasks/${index}`));
    await admitTasks(parts, asked);
    const enqueued = await enqueueTasks(queue, asked, traceOf(c));
    return c.json({ task_ids: enqueued.map(({ task_id }) => task_id) }, 202);
  });

  return app;
}
