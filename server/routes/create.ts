// Making tasks: one, or many at once.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  checkInput,
  explainWaiting,
  getTask,
  getTasks,
  type Stored,
  TaskNotFound,
  type TaskStatus,
  urlsOf,
  type Waiting,
} from '../../queue/index.ts';
import { admitTask, admitTasks, readTask } from '../door.ts';
import { makeTask, makeTasks } from '../entry.ts';
import { readJson, takeNoQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { waitAsPreferred } from '../wait.ts';
import { viewTasks } from './tasks.ts';

const bulkSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(1_000) });

/** How a task stands; of a new one that is asked for among many others as it was a moment ago. */
async function standing(
  { queue, entry }: Parts,
  { task: known, as }: Stored,
): Promise<{ status: TaskStatus; place: Waiting | null }> {
  const hurried = as === 'new' && entry.hurried;
  const task = hurried ? known : await getTask(queue, known._id);
  if (!task) throw new TaskNotFound(known._id);
  const waiting = await explainWaiting(queue, [task], { maxAgeMs: hurried ? 1_000 : 0 });
  return { status: task.status, place: waiting.get(task._id) ?? null };
}

/** The answer to whoever made a task: 202, or what became of it where that is preferred. */
export async function answerNew(c: Context<AppEnv>, parts: Parts, stored: Stored): Promise<Response> {
  const task_id = stored.task._id;
  if (await waitAsPreferred(c, parts, task_id)) {
    const [task] = await getTasks(parts.queue, [task_id]);
    if (task) return c.json((await viewTasks(c, parts, [task]))[0]);
  }
  return answerAccepted(c, parts, stored);
}

/** 202: where the task is, and how it stands now. */
export async function answerAccepted(c: Context<AppEnv>, parts: Parts, stored: Stored): Promise<Response> {
  const { _id: task_id, status: known } = stored.task;
  // The task is stored: that its place cannot be read just now is no reason to say that it is not.
  const unread = { status: known, place: null };
  const { status, place } = await standing(parts, stored).catch(() => unread);
  const urls = urlsOf(task_id, urlBase(c, parts));
  return c.json({ task_id, status, queue: place, urls }, 202, { Location: urls.self, 'Retry-After': '1' });
}

export function createRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.post('/api/task', takeNoQuery, async c => {
    const body = await readJson(c);
    const stored = await makeTask(c, parts, { route: ['task'], body }, async () => {
      const asked = readTask(body);
      await admitTask(parts, asked, '/payload');
      return asked;
    });
    return answerNew(c, parts, stored);
  });

  app.post('/api/tasks', takeNoQuery, async c => {
    const body = await readJson(c);
    const { tasks } = checkInput(bulkSchema, body);
    const asked = { route: ['tasks'], body, count: tasks.length };
    const stored = await makeTasks(c, parts, asked, async () => {
      const read = tasks.map((task, index) => readTask(task, `/tasks/${index}`));
      await admitTasks(parts, read);
      return read;
    });
    return c.json({ task_ids: stored.map(({ task }) => task._id) }, 202);
  });

  return app;
}
