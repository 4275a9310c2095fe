// Making tasks: one, or many at once.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  checkInput,
  enqueueTask,
  enqueueTasks,
  explainWaiting,
  getTask,
  TaskNotFound,
  viewTask,
} from '../../queue/index.ts';
import { admitTask, admitTasks, readTask } from '../door.ts';
import { readJson, takeNoQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';

const bulkSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(1_000) });

export function createRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.post('/api/task', takeNoQuery, async c => {
    const asked = readTask(await readJson(c));
    await admitTask(parts, asked, '/payload');
    const { task_id, deduplicated } = await enqueueTask(queue, asked);
    const task = await getTask(queue, task_id);
    if (!task) throw new TaskNotFound(task_id);
    const waiting = await explainWaiting(queue, [task]);
    const { status, queue: place, urls } = viewTask(task, waiting.get(task_id) ?? null, urlBase(c, parts));
    if (deduplicated) c.header('Deduplicated', 'true');
    return c.json({ task_id, status, queue: place, urls }, 202, { Location: urls.self, 'Retry-After': '1' });
  });

  app.post('/api/tasks', takeNoQuery, async c => {
    const { tasks } = checkInput(bulkSchema, await readJson(c));
    const asked = tasks.map((task, index) => readTask(task, `/tasks/${index}`));
    await admitTasks(parts, asked);
    const enqueued = await enqueueTasks(queue, asked);
    return c.json({ task_ids: enqueued.map(({ task_id }) => task_id) }, 202);
  });

  return app;
}
