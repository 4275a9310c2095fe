// What tasks have produced: the records of stored media and of the generations that made them.
import { Hono } from 'hono';
import { z } from 'zod';
import { getContent, isContentId, listGenerations } from '../../content/index.ts';
import { nameText, readQuery, takeNoQuery, wholeNumber } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

const generationsQuery = z.strictObject({
  workflow_run_id: nameText,
  limit: wholeNumber(1, 200).default(50),
});

export function contentRoutes({ content }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/contents/:id', takeNoQuery, async c => {
    const content_id = c.req.param('id') ?? '';
    const record = isContentId(content_id) ? await getContent(content, content_id) : null;
    if (!record) throw new Problem('not-found', 'There is no content with this id.');
    return c.json(record);
  });

  app.get('/api/v1/generations', async c => {
    const { workflow_run_id, limit } = readQuery(c, generationsQuery);
    return c.json({ items: await listGenerations(content, { workflow_run_id, limit }), next_cursor: null });
  });

  return app;
}
