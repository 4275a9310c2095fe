// The tasks that tasks spawned.
import { Hono } from 'hono';
import { z } from 'zod';
import { getJob, isTaskId, listJobs } from '../../queue/index.ts';
import { nameText, readQuery, takeNoQuery } from '../input.ts';
import { linkNext, pageQuery } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { statusQuery, viewTasks } from './tasks.ts';

export const query = z.strictObject({
  ...pageQuery,
  parent_id: nameText.optional(),
  status: statusQuery,
});

export function jobRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();

  app.get('/api/v1/jobs', async c => {
    const { items, next_cursor } = await listJobs(queue, readQuery(c, query, ['status']));
    linkNext(c, parts, next_cursor);
    return c.json({ items: await viewTasks(c, parts, items), next_cursor });
  });

  app.get('/api/v1/jobs/:id', takeNoQuery, async c => {
    const job_id = c.req.param('id') ?? '';
    const job = isTaskId(job_id) ? await getJob(queue, job_id) : null;
    if (!job) throw new Problem('not-found', 'There is no task with this id that another task spawned.');
    const [shown] = await viewTasks(c, parts, [job]);
    return c.json(shown);
  });

  return app;
}
