// The dead letters: looking at them, trying them again, putting them away.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  checkInput,
  dismissTask,
  groupDeadTasks,
  listDeadTasks,
  retryTask,
  urlsOf,
} from '../../queue/index.ts';
import { nameText, readJson, readQuery, takeNoQuery } from '../input.ts';
import { linkNext, pageQuery } from '../pages.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { act, actionSchema } from './actions.ts';
import { pathTaskId, viewTasks } from './tasks.ts';

const filter = { actor: nameText.optional(), error_type: nameText.optional() };
const groupBy = 'actor,error_type';
export const query = z.strictObject({
  ...pageQuery,
  ...filter,
  group: z.literal(groupBy, `must be ${groupBy}`).optional(),
});

// Without conditions the filter means every dead letter: the path says already which tasks are meant.
export const deadActions = actionSchema(['retry', 'dismiss'], z.strictObject(filter));

export function deadRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.get('/api/v1/admin/dlq', async c => {
    const { group, limit, cursor, ...which } = readQuery(c, query);
    if (group)
      return c.json({ items: (await groupDeadTasks(queue, which)).slice(0, limit), next_cursor: null });
    const { items, next_cursor } = await listDeadTasks(queue, { ...which, limit, cursor });
    linkNext(c, parts, next_cursor);
    return c.json({ items: await viewTasks(c, parts, items), next_cursor });
  });

  app.post('/api/v1/admin/dlq/:id/retry', takeNoQuery, async c => {
    const retried = await retryTask(queue, pathTaskId(c));
    const Location = urlsOf(retried.task_id, urlBase(c, parts)).self;
    return c.json(retried, 202, { Location, 'Retry-After': '1' });
  });

  app.post('/api/v1/admin/dlq/:id/dismiss', takeNoQuery, async c => {
    const task_id = pathTaskId(c);
    await dismissTask(queue, task_id);
    return c.json({ task_id, status: 'failed', dead: false });
  });

  app.post('/api/v1/admin/dlq/actions', takeNoQuery, async c =>
    act(c, parts, checkInput(deadActions, await readJson(c))),
  );

  return app;
}
