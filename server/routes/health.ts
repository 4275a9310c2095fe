// Whether this process lives, and whether it should get requests.
import { Hono } from 'hono';
import type { AppEnv, Parts } from '../parts.ts';

const pingMs = 1_000;

export function healthRoutes({ queue, hub }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  // Without I/O: a database that is away must not get this process killed.
  app.get('/healthz', c => c.json({ status: 'ok' }));

  app.get('/readyz', async c => {
    const reasons: string[] = [];
    if (hub.refusal === 'stopping') reasons.push('the server is stopping');
    if (!(await answers(queue.db.command({ ping: 1 })))) reasons.push('the database does not answer');
    return c.json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503);
  });

  return app;
}

/** Whether a ping comes back in time. One that does not is left alone: it ends by itself. */
async function answers(ping: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), pingMs);
  });
  const came = ping.then(
    () => true,
    () => false,
  );
  return Promise.race([came, late]).finally(() => clearTimeout(timer));
}
