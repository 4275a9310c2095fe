// Figures for Prometheus.
import { Hono } from 'hono';
import { openMetrics } from '../metrics/metrics.ts';
import type { AppEnv, Parts } from '../parts.ts';

export function metricsRoutes({ queue, hub }: Parts): Hono<AppEnv> {
  const metrics = openMetrics(queue, hub);
  const app = new Hono<AppEnv>();
  app.get('/metrics', async c =>
    c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' }),
  );
  return app;
}
