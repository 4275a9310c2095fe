// The workers that are alive.
import { Hono } from 'hono';
import { z } from 'zod';
import { listLiveWorkers, type WorkerRecord, workerAliveMs } from '../../queue/index.ts';
import { readQuery } from '../input.ts';
import { pageOf, pageQuery } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';

export const listQuery = z.strictObject(pageQuery);

export function workerRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/workers', async c => {
    const query = readQuery(c, listQuery);
    const { items, next_cursor } = pageOf(await listLiveWorkers(queue, workerAliveMs), query);
    return c.json({ items: items.map(viewWorker), next_cursor });
  });

  return app;
}

function viewWorker(worker: WorkerRecord) {
  const { _id: worker_id, host, actors, capacity, running, draining } = worker;
  const { started_at, heartbeat_at, remote = false } = worker;
  // Of a program outside nobody knows more than the name it gave.
  const [pid, version] = remote ? [null, null] : [worker.pid, worker.version];
  const shown = { worker_id, host, pid, version, actors, capacity, running, draining };
  return { ...shown, started_at, heartbeat_at, remote };
}
