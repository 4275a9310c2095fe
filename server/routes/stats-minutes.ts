// The last hours by minutes: what ended and how long tasks waited, for whoever draws it.
import { Hono } from 'hono';
import { z } from 'zod';
import { findActor, readMinutes, UnknownActor } from '../../queue/index.ts';
import { nameText, readQuery, wholeNumber } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';

export const query = z.strictObject({
  actor: nameText.optional(),
  last: wholeNumber(1, 1_440).default(60).describe('How many minutes'),
});

export function minuteRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/stats/minutes', async c => {
    const { actor, last } = readQuery(c, query);
    if (actor !== undefined && !(await findActor(queue, actor))) throw new UnknownActor(actor);
    return c.json({ items: await readMinutes(queue, last, actor), next_cursor: null });
  });

  return app;
}
