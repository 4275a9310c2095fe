// Whether this process lives, and whether it should get requests.
import { Hono } from 'hono';
import { newPing } from '../../queue/index.ts';
import type { AppEnv, Parts } from '../parts.ts';

export function healthRoutes({ queue, hub }: Parts): Hono<AppEnv> {
  const answers = newPing(queue.db);
  const app = new Hono<AppEnv>();

  // Without I/O: a database that is away must not get this process killed.
  app.get('/healthz', c => c.json({ status: 'ok' }));

  app.get('/readyz', async c => {
    const reasons: string[] = [];
    if (hub.refusal === 'stopping') reasons.push('the server is stopping');
    if (!(await answers())) reasons.push('the database does not answer');
    return c.json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503);
  });

  return app;
}
