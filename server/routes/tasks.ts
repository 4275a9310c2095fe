// Reading tasks; stopping one, and trying one again.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  cancelTask,
  cancelTree,
  explainWaiting,
  getTask,
  getTasksForWorkflow,
  isTaskId,
  isTerminal,
  listTasks,
  type Queue,
  retryTask,
  type Task,
  TaskNotFound,
  type TaskView,
  taskStatuses,
  urlsOf,
  viewTask,
} from '../../queue/index.ts';
import { matchesEtag } from '../etag.ts';
import { nameText, pathName, readQuery, takeNoQuery, wholeNumber } from '../input.ts';
import { linkNext, pageQuery } from '../pages.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { waitAsPreferred } from '../wait.ts';

export const statusQuery = z.array(z.enum(taskStatuses)).max(6, 'may be given six times').optional();

export const listQuery = z.strictObject({
  ...pageQuery,
  status: statusQuery,
  actor: nameText.optional(),
  workflow_run_id: nameText.optional(),
  concurrency_identifier: nameText.optional(),
  tag: z.array(nameText).max(20, 'may be given twenty times').optional(),
  worker_id: nameText.optional(),
});
export const runQuery = z.strictObject({ limit: wholeNumber(1, 200).default(100) });

export const cancelQuery = z.strictObject({
  children: z
    .enum(['true', 'false'], 'must be true or false')
    .transform(said => said === 'true')
    .optional(),
});

/** The task id in the path; anything that is not one is unknown. */
export function pathTaskId(c: Context): string {
  const task_id = c.req.param('id') ?? '';
  if (!isTaskId(task_id)) throw new TaskNotFound(task_id.slice(0, 60));
  return task_id;
}

/** The wire form of tasks, each pending one with why it waits. */
export async function viewTasks(c: Context, parts: Parts, tasks: readonly Task[]): Promise<TaskView[]> {
  // A list may be a moment behind: what it says of lanes is then shared by all its tasks, and by others who ask.
  const waiting = await explainWaiting(parts.queue, tasks, { maxAgeMs: tasks.length > 1 ? 1_000 : 0 });
  return tasks.map(task => viewTask(task, waiting.get(task._id) ?? null, urlBase(c, parts)));
}

async function cancelWithChildren(queue: Queue, c: Context) {
  const { children, ...task } = await cancelTree(queue, pathTaskId(c));
  const { more, ...counts } = children;
  return { ...task, children: { ...counts, ...(more && { more }) } };
}

export function taskRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.get('/api/task/:id', takeNoQuery, async c => {
    const task_id = pathTaskId(c);
    await waitAsPreferred(c, parts, task_id);
    const task = await getTask(queue, task_id);
    if (!task) throw new TaskNotFound(task_id);
    const etag = `W/"${task.rev}"`;
    c.header('ETag', etag);
    if (!isTerminal(task.status)) c.header('Retry-After', '1');
    if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
    const [shown] = await viewTasks(c, parts, [task]);
    return c.json(shown);
  });

  app.post('/api/task/:id/cancel', async c => {
    const { children: tree } = readQuery(c, cancelQuery);
    const cancelled = tree ? await cancelWithChildren(queue, c) : await cancelTask(queue, pathTaskId(c));
    return c.json(cancelled, cancelled.status === 'processing' ? 202 : 200);
  });

  app.post('/api/task/:id/retry', takeNoQuery, async c => {
    const retried = await retryTask(queue, pathTaskId(c));
    const Location = urlsOf(retried.task_id, urlBase(c, parts)).self;
    return c.json(retried, 202, { Location, 'Retry-After': '1' });
  });

  app.get('/api/tasks', async c => {
    const { tag: tags, ...asked } = readQuery(c, listQuery, ['status', 'tag']);
    const { items, next_cursor } = await listTasks(queue, { ...asked, tags });
    linkNext(c, parts, next_cursor);
    return c.json({ items: await viewTasks(c, parts, items), next_cursor });
  });

  app.get('/api/workflow/:run/tasks', async c => {
    const { limit } = readQuery(c, runQuery);
    const tasks = await getTasksForWorkflow(queue, pathName(c, 'run', 'workflow_run_id'), limit);
    return c.json({ items: await viewTasks(c, parts, tasks), next_cursor: null });
  });

  return app;
}
